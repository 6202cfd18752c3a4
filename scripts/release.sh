#!/bin/sh
# Builds the release binary: static, so that a process of one operation need not be linked each
# time, and at a fixed address, so that the zone tables need not be relocated each time (270 pages
# at every start). glibc's static build needs the target named, or procedural macros cannot be
# loaded. Random bytes come from the system call: a static program would open a device for them.
# What is called often is laid out side by side.
set -eu
target="${1:-$(rustc -vV | sed -n 's/^host: //p')}"
cd "$(dirname "$0")/.."
RUSTFLAGS="-C linker=scripts/lay-out.sh -C target-feature=+crt-static -C relocation-model=static --cfg getrandom_backend=\"linux_getrandom\"" cargo build --release --locked --target "$target"
echo "target/$target/release/budget"
