#!/bin/bash
# Brings a real Asterisk to this machine, in a Debian tree of its own: Debian 12 has no package of it, its neighbours do.
# Prints one line a step; its last line is the folder. Ends at once if the folder is complete. Runs as root.
#   prepare.sh          tries bullseye (Asterisk 16), then sid
#   prepare.sh sid      only that suite
# Exit codes: 0 ready, 1 no suite could be had, 2 cannot run here.
set -euo pipefail

CACHE=${SPBS_RIG_DIR:-/var/cache/spbs-rig}
SUITES=${*:-bullseye sid}
# openssl makes the certificate that AMI over TLS is tried with.
PACKAGES='asterisk asterisk-modules openssl'
# VoiceMail() and the sounds it greets with: packages of their own in older suites, part of asterisk-modules in newer ones.
PACKAGES_WHERE_OFFERED='asterisk-voicemail asterisk-core-sounds-en-gsm'
MARKER=.spbs-rig-complete

say() { echo "asterisk rig: $*"; }

[ "$(id -u)" = 0 ] || { say 'this needs root, for chroot. Run it as root.'; exit 2; }
command -v debootstrap >/dev/null || { say 'debootstrap is not installed. Run: apt-get install debootstrap'; exit 2; }

build() {
  local suite=$1 root=$2 partial=$2.partial mirror package packages
  # Read to the end: a reader that leaves early fails the pipe.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '!/security/ && !seen++')
  rm -rf "$partial"
  say "debootstrap $suite from $mirror"
  debootstrap --variant=minbase "$suite" "$partial" "$mirror" >"$root.log" 2>&1 || return 1
  # Packages must not start services inside the tree.
  printf '#!/bin/sh\nexit 101\n' >"$partial/usr/sbin/policy-rc.d"
  chmod +x "$partial/usr/sbin/policy-rc.d"
  # Older suites' indexes have a validity that is long past.
  chroot "$partial" apt-get -o Acquire::Check-Valid-Until=false update >>"$root.log" 2>&1 || return 1
  packages=$PACKAGES
  for package in $PACKAGES_WHERE_OFFERED; do
    if chroot "$partial" apt-get install --simulate "$package" >/dev/null 2>&1; then packages="$packages $package"; fi
  done
  say "installing $packages"
  # shellcheck disable=SC2086 # the list is meant to split
  DEBIAN_FRONTEND=noninteractive chroot "$partial" apt-get install -y --no-install-recommends $packages >>"$root.log" 2>&1 || return 1
  chroot "$partial" apt-get clean >>"$root.log" 2>&1
  chroot "$partial" /usr/sbin/asterisk -V >"$partial/$MARKER" || return 1
  rm -rf "$root"
  mv "$partial" "$root"
}

mkdir -p "$CACHE"
# Two preparations at once would build the same folder.
exec 9>"$CACHE/.lock"
flock 9

for suite in $SUITES; do
  root=$CACHE/asterisk-$suite
  if [ -f "$root/$MARKER" ] || build "$suite" "$root"; then
    say "$(cat "$root/$MARKER") is ready"
    echo "$root"
    exit 0
  fi
  say "$suite did not work; the last lines of $root.log:"
  tail -n 5 "$root.log" | sed 's/^/  /'
done
say "no suite of ($SUITES) could be installed. Look at the logs in $CACHE, and at the network."
exit 1
