# Runs inside the clean root, as its root.
set -eu
for package in deskside deskside-portal; do
    dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' "$package" | grep -q ' installed$'
done
grep -q x-scheme-handler/deskside /usr/share/applications/deskside.desktop

# The portal, as its own user.
as_portal="setpriv --reuid=deskside-portal --regid=deskside-portal --clear-groups env HOME=/var/lib/deskside-portal \
    DESKSIDE_PORTAL_DATA=/var/lib/deskside-portal"
test "$(stat -c '%a %U' /var/lib/deskside-portal)" = '700 deskside-portal'
$as_portal deskside-portal serve --listen 127.0.0.1:7399 --print-json &
for _ in $(seq 100); do
    if deskside-portal health --url http://127.0.0.1:7399; then break; fi
    sleep 0.2
done
deskside-portal health --url http://127.0.0.1:7399
$as_portal deskside-portal backup --to /var/backups/deskside-portal

# The app, as somebody.
useradd --create-home somebody
Xvfb :99 -screen 0 1280x900x24 -nolisten tcp &
sleep 1
as_somebody="setpriv --reuid=somebody --regid=somebody --clear-groups env HOME=/home/somebody DISPLAY=:99"
$as_somebody dbus-run-session -- deskside &
for _ in $(seq 150); do
    windows=$(DISPLAY=:99 xwininfo -root -tree)
    # Its own window, as large as it asks to be, and a process that draws a page in it.
    if echo "$windows" | grep -q '"Deskside".* 1200x800' && pgrep -x WebKitWebProces >/dev/null; then
        echo "the window is up"
        exit 0
    fi
    sleep 0.2
done
echo "$windows"
exit 1
