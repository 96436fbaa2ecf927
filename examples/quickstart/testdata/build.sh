#!/usr/bin/env bash
# Builds and signs the small distribution anew, from the spec files beside this
# script into rpms/, rpms-key2/ and keys/. Needs rpmbuild, rpmsign, rpmkeys and
# gpg (on Debian: apt install rpm gpg).
#
# Headers and payloads come out the same on every run with the same rpm; the
# signing keys, whose secret halves are thrown away at the end, do not. README.md
# is given the new key ids. The work is done in a temporary directory; what is
# there is replaced only after everything was built and verified.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
cleanup() {
  gpgconf --homedir "$work/gpg" --kill all 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

export HOME=$work GNUPGHOME=$work/gpg LC_ALL=C.UTF-8 TZ=UTC
umask 022
cp "$here/macros" "$HOME/.rpmmacros"
mkdir -m 700 "$GNUPGHOME"
echo 'no-auto-check-trustdb' >"$GNUPGHOME/gpg.conf"

# build RELEASE DATE builds every spec file of specs/RELEASE into unsigned/RELEASE.
build() {
  local release=$1 spec arch archs out=$work/unsigned/$1
  SOURCE_DATE_EPOCH=$(date -d "$2" +%s)
  export SOURCE_DATE_EPOCH
  mkdir -p "$out"
  for spec in "$here/specs/$release"/*.spec; do
    archs=$(sed -n 's/^ExclusiveArch: *//p' "$spec")
    for arch in ${archs:-noarch}; do
      rm -rf "$work/top"
      rpmbuild --quiet -ba --target "$arch" \
        --define "_topdir $work/top" --define "_sourcedir $here/specs/sources" \
        "$spec" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
      # The source package and noarch packages come out of every target; the
      # first target's are kept.
      find "$work/top" -name '*.rpm' -exec cp -n {} "$out/" \;
    done
  done
}

# key NAME ALGORITHM makes a signing key and prints its fingerprint.
key() {
  gpg --batch --quiet --passphrase '' --faked-system-time 20240101T000000 \
    --quick-generate-key "$1" "$2" sign never 2>/dev/null
  gpg --batch --quiet --with-colons --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'
}

# keyid FINGERPRINT prints the id that Koji knows a key by.
keyid() { printf %s "${1: -8}" | tr A-F a-f; }

# sign FINGERPRINT DATE FILE... signs in place. The filesystem and sorter
# packages are signed over header and payload as well as over the header alone.
sign() {
  local fpr=$1 when file v3
  when=$(date -d "$2" +%Y%m%dT%H%M%S)
  shift 2
  for file in "$@"; do
    v3=
    case ${file##*/} in filesystem-* | sorter-*) v3=--rpmv3 ;; esac
    rpmsign ${v3:+"$v3"} --define "_gpg_name $fpr" \
      --define "__gpg $(command -v gpg)" \
      --define "_gpg_sign_cmd_extra_args --batch --faked-system-time $when" \
      --addsign "$file" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
  done
}

base='2024-01-15' update='2024-02-15' update2='2024-03-15'
echo 'building' >&2
build 1-base $base
build 2-update $update
build 3-update $update2

echo 'signing' >&2
key1=$(key 'kojikit test key 1 (throwaway)' rsa2048)
key2=$(key 'kojikit test key 2 (throwaway)' ed25519)
rpms=$work/rpms second=$work/rpms-key2
cp -r "$work/unsigned" "$rpms"
mkdir -p "$second/1-base" "$second/2-update"

# The distribution changes from key 1 to key 2. The base and the first update
# were signed with key 1, except that viewer came late and got key 2 alone;
# sorter and libecho were signed again with key 2. The second update has key 2,
# with counter as a straggler. fonts-plain and outliner were never signed.
for file in "$rpms"/*/*.rpm; do
  case ${file#"$rpms/"} in
  */fonts-plain-* | */outliner-*) ;;
  2-update/viewer-*) sign "$key2" $update "$file" ;;
  1-base/*) sign "$key1" $base "$file" ;;
  2-update/* | 3-update/counter-*) sign "$key1" $update "$file" ;;
  3-update/*) sign "$key2" $update2 "$file" ;;
  esac
done
for name in 1-base/sorter 2-update/libecho; do
  cp "$work/unsigned/$name"-*.rpm "$second/${name%/*}/"
done
sign "$key2" $update "$second"/*/*.rpm

echo 'verifying' >&2
mkdir "$work/keys" "$work/db"
for fpr in "$key1" "$key2"; do
  asc=$work/keys/$(keyid "$fpr").asc
  gpg --batch --armor --export-options export-minimal --export "$fpr" >"$asc"
  rpmkeys --dbpath "$work/db" --import "$asc"
done
for file in "$rpms"/*/*.rpm "$second"/*/*.rpm; do
  want='digests signatures OK'
  case ${file##*/} in fonts-plain-* | outliner-*) want='digests OK' ;; esac
  got=$(rpmkeys --dbpath "$work/db" --checksig "$file")
  [ "${got##*: }" = "$want" ] || { echo "$got, want $want" >&2; exit 1; }
done
digests() { rpm -qp --nosignature --qf '%{SIGMD5} %{SHA256HEADER}' "$1"; }
for file in "$second"/*/*.rpm; do
  first=$rpms/${file#"$second/"}
  [ "$(digests "$file")" = "$(digests "$first")" ] || { echo "$file differs from $first" >&2; exit 1; }
  ! cmp -s "$file" "$first" || { echo "$file is $first" >&2; exit 1; }
done

# README.md names the keys by id.
readme() {
  local old new
  old=$(sed -n "/$1/s/.*\`keys\/\([0-9a-f]*\)\.asc\`.*/\1/p" "$here/README.md")
  new=$(keyid "$2")
  [ -z "$old" ] || sed -i "s/\b$old\b/$new/g" "$here/README.md"
  echo "key $1: $new" >&2
}
readme RSA "$key1"
readme Ed25519 "$key2"
rm -rf "$here/rpms" "$here/rpms-key2" "$here/keys"
mv "$rpms" "$second" "$work/keys" "$here/"
du -cb "$here"/rpms/*/*.rpm "$here"/rpms-key2/*/*.rpm | tail -n 1 >&2
