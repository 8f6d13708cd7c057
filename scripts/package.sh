#!/usr/bin/env bash
# Builds the Debian package: scripts/package.sh [-o DIR] [-v VERSION]
#
# The same commit built by the same tools gives the same bytes: times are SOURCE_DATE_EPOCH, which is the commit's unless it is set; paths are trimmed, owners
# are root, order is sorted. The version is 0~DATE+COMMIT unless a tag names the commit.
set -euo pipefail
cd "$(dirname "$0")/.."

out=dist version=
while getopts o:v: option; do
  case $option in
  o) out=$OPTARG ;;
  v) version=$OPTARG ;;
  *) echo "usage: scripts/package.sh [-o DIR] [-v VERSION]" >&2; exit 2 ;;
  esac
done

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
if [ -z "$version" ]; then
  if tag=$(git describe --exact-match --tags --match 'v[0-9]*' 2>/dev/null); then
    version=${tag#v}
  else
    version=0~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)+$(git rev-parse --short=12 HEAD)
  fi
fi
architecture=$(dpkg --print-architecture)
umask 022
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
put() { install -D -m "$1" "$2" "$tree/$3"; }

# With cgo: signatures are three times faster, and all nodes check them by the same code.
for program in ocopd ocop; do
  CGO_ENABLED=1 go build -trimpath -buildmode=pie -ldflags '-s -w' -o "$tree/usr/bin/$program" "./cmd/$program"
done
libc=$(objdump -T "$tree/usr/bin/ocopd" "$tree/usr/bin/ocop" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1)

put 644 scripts/packaging/ocopd.service lib/systemd/system/ocopd.service
put 644 scripts/packaging/ocopd.default etc/default/ocopd
put 644 scripts/packaging/lintian-overrides usr/share/lintian/overrides/ocopd
for page in node/operating/*.md node/operating/*.yml node/operating/*.json; do put 644 "$page" "usr/share/doc/ocopd/operating/$(basename "$page")"; done
put 644 NOTICE usr/share/doc/ocopd/NOTICE
put 644 scripts/packaging/copyright usr/share/doc/ocopd/copyright
put 644 CHANGELOG.md usr/share/doc/ocopd/CHANGELOG.md
gzip -9n "$tree/usr/share/doc/ocopd/CHANGELOG.md"
{
  echo "ocopd ($version) unstable; urgency=medium"
  echo
  echo "  * See CHANGELOG.md."
  echo
  echo " -- The OCOP ledger authors <ocop@example.org>  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$tree/usr/share/doc/ocopd/changelog.gz"

mkdir "$tree/DEBIAN"
for script in postinst prerm postrm; do put 755 "scripts/packaging/$script" "DEBIAN/$script"; done
echo /etc/default/ocopd >"$tree/DEBIAN/conffiles"
(cd "$tree" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
cat >"$tree/DEBIAN/control" <<END
Package: ocopd
Version: $version
Architecture: $architecture
Maintainer: The OCOP ledger authors <ocop@example.org>
Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
Depends: adduser, libc6 (>= $libc)
Section: net
Priority: optional
Homepage: https://github.com/ocopledger/ocop
Description: ledger of OCOP products that agencies keep together
 A permissioned ledger on which Vietnam's OCOP products ("Mỗi xã một sản phẩm",
 One Commune One Product) are certified, produced in lots, sold and traced. Each
 agency runs a node, ocopd; everyone else uses ocop.
 .
 The package makes no ledger and starts no node: see
 /usr/share/doc/ocopd/operating/install.md.
END
find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch -h -d "@$SOURCE_DATE_EPOCH"

mkdir -p "$out"
package=$out/ocopd_${version}_$architecture.deb
dpkg-deb --root-owner-group --threads-max=1 -Zxz -z6 --build "$tree" "$package" >/dev/null
echo "$package"
