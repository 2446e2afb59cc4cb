# A PostgreSQL server in a folder of its own, for whoever holds the other end of standard input.
# Arguments: the folder of PostgreSQL's programs. Standard output: the folder, which is also the socket's, once the server
# answers. Standard input: `restart` lets the server die and start again, then says `restarted`; at its end, however that
# came about, the server ends and the folder goes.
set -eu
programs=$1
cd /
umask 077
# Not TMPDIR, which may be long: the path of a socket has at most 107 bytes.
folder=$(mktemp -d /tmp/deskside-postgres-XXXXXX)
server=
finish() {
    [ -z "$server" ] || { kill -QUIT "$server" 2>/dev/null && wait "$server" || true; }
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

start() {
    # Nothing here outlives the machine, so nothing needs the disk.
    "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c shared_buffers=32MB -c max_connections=200 -c autovacuum_naptime=5s >>"$folder/log" 2>&1 &
    server=$!
    until "$programs/pg_isready" -q -h "$folder"; do
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.05
    done
}

"$programs/initdb" --pgdata "$folder/data" --username deskside --auth trust --encoding UTF8 --locale C --no-sync \
    >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
start
echo "$folder"
while read -r order; do
    case $order in
    restart)
        kill -QUIT "$server"
        wait "$server" || true
        start
        echo restarted
        ;;
    esac
done
