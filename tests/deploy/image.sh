#!/usr/bin/env bash
# Builds the image from deploy/Dockerfile as it is, and runs it: buildah and podman, in a storage of their own.
#
# Where python:3.11-slim cannot be pulled, a Debian 12 (whose Python is 3.11.2) made by debootstrap takes its place.
# COPYDESK_TEST_FOLDER keeps base and layers for the next time; COPYDESK_TEST_VOLUMES names what pip needs to see while
# building ("/etc/pip.conf /srv/wheels"). With "extras" as its argument, the image with every extra.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=
for program in buildah podman; do command -v "$program" >/dev/null || missing="$missing $program"; done
[ -z "$missing" ] || { echo "image-test: there is no$missing" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "image-test: chroot and debootstrap are root's" >&2; exit 2; }

if [ -n "${COPYDESK_TEST_FOLDER:-}" ]; then
    work=$COPYDESK_TEST_FOLDER && mkdir -p "$work"
else
    work=$(mktemp -d)
    # podman mounts its storage on itself.
    trap 'umount "$work/storage/overlay" 2>/dev/null || true; rm -rf "$work"' EXIT
fi
storage=(--root "$work/storage" --runroot "$work/run" --storage-driver "${STORAGE_DRIVER:-overlay}")
base=python:$(cat .python-version)-slim

have_base() {
    buildah "${storage[@]}" inspect --type image "$base" >/dev/null 2>&1
}

make_base() {
    command -v debootstrap >/dev/null || { echo "image-test: $base cannot be pulled, nor debootstrap made" >&2; exit 2; }
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/base" >"$work/base.log"
    ln -s python3 "$work/base/usr/bin/python"
    local container
    container=$(buildah "${storage[@]}" from scratch)
    buildah "${storage[@]}" add -q "$container" "$work/base" / >/dev/null
    buildah "${storage[@]}" commit -q --rm "$container" "$base"
    rm -rf "$work/base"
}

have_base || buildah "${storage[@]}" pull -q "$base" || make_base

volumes=()
for path in ${COPYDESK_TEST_VOLUMES:-}; do volumes+=(-v "$path:$path:ro"); done
image=localhost/copydesk
arguments=()
if [ "${1:-}" = extras ]; then
    image=$image-extras
    arguments=(--build-arg REQUIREMENTS=requirements-extras.txt)
fi
# "docker": the OCI's own format has no health check. chroot: engines may be short of namespaces and cgroups.
buildah "${storage[@]}" bud --format docker --layers --isolation chroot --network host \
    "${volumes[@]}" "${arguments[@]}" -f deploy/Dockerfile -t "$image" .

# crun does not take every arrangement of cgroups; runc does.
engine=(podman "${storage[@]}" --cgroup-manager cgroupfs --events-backend file)
started() { "${engine[@]}" run --rm --no-healthcheck --network host --ulimit nofile=1024:4096 --ulimit nproc=4096:4096 "$image" --version; }
started || { engine+=(--runtime runc) && started; }
COPYDESK_TEST_ENGINE="${engine[*]}" COPYDESK_TEST_IMAGE_NAME="$image" \
    "${PYTHON:-python3}" -m pytest tests/deploy/test_image.py -rP --timeout 600
