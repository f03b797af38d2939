#!/bin/sh
# SPDX-License-Identifier: MIT
#
# At a terminal: Ctrl-C reaches the program and what it has started.

. "$(dirname "$0")/common"
needs_vm
command -v script >/dev/null || { echo "skipped: script(1) is missing"; exit 77; }

cat >inner <<'END'
trap 'echo inner interrupted' INT
echo ready
sleep 1000
echo after
END
# The terminal turns the byte 3 into SIGINT for its foreground
(sleep 8; printf '\003'; sleep 5) |
	script -qec "$qcuda run --gpu=none -- sh inner" /dev/null >out 2>&1
expect "what the terminal showed" yes \
	"$(tr -d '\r' <out | grep -q 'inner interrupted' && echo yes || cat out)"
expect "the sleep ended too" yes "$(tr -d '\r' <out | grep -q after && echo yes)"
finish
