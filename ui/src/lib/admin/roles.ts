// Who may do what to whom, as the portal decides it: what it would refuse is not offered.
import type { OrgRole, Person, UserId } from '$lib/proto';

/** Who comes first may do more. */
export const ROLES: readonly OrgRole[] = ['super_admin', 'admin', 'technician', 'technician_own'];

/** What somebody with `own` may make of others: what they hold themselves, and what is less. */
export const grantable = (own: OrgRole): readonly OrgRole[] => ROLES.slice(ROLES.indexOf(own));

/** Whether somebody with `own` may change this person: nobody changes themselves, or those above them. */
export function mayChange(own: OrgRole, me: UserId, { user, role }: Person): boolean {
  return user.id !== me && grantable(own).includes(role);
}
