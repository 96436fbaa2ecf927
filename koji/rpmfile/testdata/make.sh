#!/bin/sh
# Makes the rpms of the tests, and the keys they are signed with, in the
# directory $1. Needs rpmbuild, rpmsign and gpg.
#
#   sh make.sh .
#
# Keys are new on every run: keys.txt lists them, keys.asc holds them.
set -eu
specs=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$1" && pwd)
tmp=$(mktemp -d)
trap 'GNUPGHOME=$tmp/gpg gpgconf --kill all; rm -rf "$tmp"' EXIT

export LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=1709726400

# build <rpmbuild option> <spec> <payload> <arch>; the payload flags pick the compressor.
build() {
	rpmbuild --quiet --nodeps "$1" "$specs/$2.spec" --target "$4-linux" \
		--define "_topdir $tmp/top" --define "_sourcedir $tmp" --define "_rpmdir $tmp/rpms" --define "_srcrpmdir $tmp/rpms" \
		--define "_build_name_fmt %%{NAME}.%%{ARCH}.rpm" --define "_buildhost localhost" \
		--define "_binary_payload $3" --define "_source_payload $3" \
		--define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1" \
		--define "debug_package %{nil}" >"$tmp/log" 2>&1 || { cat "$tmp/log" >&2; exit 1; }
}
# sign <fingerprint> <rpmsign arguments>
sign() {
	fingerprint=$1
	shift
	rpmsign --addsign --define "_gpg_name $fingerprint" --define "__gpg $(command -v gpg)" "$@" >"$tmp/log" 2>&1 ||
		{ cat "$tmp/log" >&2; exit 1; }
}
touch "$tmp/closed.tar"
build -bb plain w9.gzdio noarch && mv "$tmp/rpms/plain.noarch.rpm" "$out/plain.rpm"
build -bb plain w7.xzdio noarch && mv "$tmp/rpms/plain.noarch.rpm" "$out/plain-xz.rpm"
build -bb plain w9.bzdio noarch && mv "$tmp/rpms/plain.noarch.rpm" "$out/plain-bzip2.rpm"
build -bs plain w9.gzdio noarch && mv "$tmp"/rpms/plain*src.rpm "$out/plain-src.rpm"
build -bs closed w7.lzdio x86_64 && mv "$tmp"/rpms/closed*src.rpm "$out/closed-nosrc.rpm"
build -bb rich w19.zstdio x86_64 && mv "$tmp/rpms/rich.x86_64.rpm" "$out/rich.rpm"

export GNUPGHOME="$tmp/gpg"
mkdir -m 700 "$GNUPGHOME"
: >"$out/keys.txt"
for key in rsa:rsa2048 dsa:dsa2048 eddsa:ed25519; do
	name=${key%%:*}
	gpg --batch --quiet --passphrase '' --quick-generate-key "$name@example.com" "${key#*:}" sign never 2>/dev/null
	fingerprint=$(gpg --batch --quiet --with-colons --list-keys "$name@example.com" 2>/dev/null | awk -F: '$1 == "fpr" { print tolower($10); exit }')
	echo "$name $fingerprint" >>"$out/keys.txt"
	cp "$out/plain.rpm" "$out/plain-$name.rpm"
	sign "$fingerprint" "$out/plain-$name.rpm"
	cp "$out/plain.rpm" "$out/plain-$name-v3.rpm"
	sign "$fingerprint" --rpmv3 "$out/plain-$name-v3.rpm"
done
gpg --batch --armor --export >"$out/keys.asc"
