#!/usr/bin/env bash
# Makes the fonts of printed labels and certificates again: Noto, cut down to what names on the ledger are written with (FORMAT.md §5, NAME), without
# hints and layout tables, which print does not need. Needs fonts-noto-core and fonttools (Debian packages of these names).
set -euo pipefail
cd "$(dirname "$0")/.."
from=${1:-/usr/share/fonts/truetype/noto}
to=cmd/ocop/internal/label/draw/fonts
name=$(sed -n 's/^> \(0020–007E .*\)$/\1/p' ledger/FORMAT.md | sed 's/–/-/g; s/ /,/g')
[ -n "$name" ] || { echo "FORMAT.md names no code points"; exit 1; }
for face in NotoSans-Regular NotoSans-Bold NotoSerif-Regular NotoSerif-Bold NotoSerif-Italic; do
  python3 -m fontTools.subset "$from/$face.ttf" --unicodes="$name" --no-hinting --layout-features= --drop-tables+=GDEF,GPOS,GSUB,DSIG,STAT,meta \
    --name-IDs=0,1,2,3,4,5,6,13,14 --notdef-outline --no-recalc-timestamp --output-file="$to/$face.ttf"
done
ls -l "$to"
