#!/bin/sh
# Turns namespaces of its own into a machine, and ends as its systemd. The folder in $1 holds
# jobs-agent, cgroups.so, the units in units/ and the lists of users and folders. What is written is gone with the
# namespaces: below /etc, /usr/bin, /var/lib, /tmp and /var/tmp it goes to memory.
set -eu
from=$1
# Not every machine lets one do this. Nothing below may begin before all of it is done: it
# would change the machine itself.
layer() {
  mkdir -p "$from/layers/upper/$1" "$from/layers/work/$1"
  mount -t overlay -o "lowerdir=/$1,upperdir=$from/layers/upper/$1,workdir=$from/layers/work/$1" none "/$1" || exit 125
  test "$(stat -f -c %T "/$1")" = overlayfs || exit 125
  : >"/$1/layer" && test -e "$from/layers/upper/$1/layer" || exit 125
  rm "/$1/layer"
}
test "$(readlink /proc/self/ns/mnt)" != "$2" || exit 125 # the namespace of who started it
mount --make-rprivate / || exit 125
mount --bind /proc/sys /proc/sys || exit 125
mount -o remount,ro,bind /proc/sys || exit 125
for device in console kmsg; do
  test ! -e "/dev/$device" || mount --bind /dev/null "/dev/$device" || exit 125
done
mount -t tmpfs none /sys/fs/cgroup || exit 125
: >/sys/fs/cgroup/cgroup.controllers
: >/sys/fs/cgroup/cgroup.procs
mkdir "$from/layers"
mount -t tmpfs none "$from/layers" || exit 125
layer etc
layer usr/bin
layer var/lib
mount -t tmpfs none /run || exit 125
mkdir /run/from
mount --bind "$from" /run/from || exit 125
from=/run/from
mount -t tmpfs none /tmp || exit 125 # PrivateTmp leaves folders there and in /var/tmp
mount -t tmpfs none /var/tmp || exit 125
ip link set lo up || exit 125

# The steps of docs/deploy.md.
install -m 0755 "$from/jobs-agent" /usr/bin/jobs-agent
rm -rf /etc/systemd/system /etc/jobs-agent
cp -r "$from/units" /etc/systemd/system
systemd-sysusers "$from/jobs-agent.sysusers"
mkdir -p /etc/jobs-agent
echo 'JOBS_REDIS=redis://127.0.0.1:6379' >/etc/jobs-agent/redis.env
echo 'runners: [shell]' >/etc/jobs-agent/agent.yaml
systemd-tmpfiles --create "$from/jobs-agent.tmpfiles"

cp "$from/cgroups.so" /run/cgroups.so
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test LD_PRELOAD=/run/cgroups.so \
  SYSTEMD_UNIT_PATH=/etc/systemd/system /lib/systemd/systemd --unit=start.target
