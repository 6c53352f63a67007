#!/bin/sh
# What the tests start beside the wheels: RabbitMQ, a browser, redis-cli. Installed from Debian where one is missing and
# we may; otherwise it is said, and the tests that need it are skipped (or fail, where CI is set). Always ends well.
set -u
PATH="$PATH:/usr/sbin"

missing=
command -v rabbitmq-server >/dev/null || missing="$missing rabbitmq-server"
command -v chromium >/dev/null || missing="$missing chromium"
command -v redis-cli >/dev/null || missing="$missing redis-tools"
[ -n "$missing" ] || exit 0

warn() {
    echo "warning: $1; missing:$missing" >&2
    exit 0
}

[ "$(id -u)" = 0 ] || warn "only root can install what the tests need"
command -v apt-get >/dev/null || warn "there is no apt-get to install what the tests need"

# A package must not start its service: the tests start a node of their own (man 8 invoke-rc.d).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
for pause in 5 15 0; do
    # Debian's lists may be old; what is installed is never from anywhere else.
    # shellcheck disable=SC2086 # several names
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing && exit 0
    sleep "$pause"
done
warn "apt-get failed three times"
