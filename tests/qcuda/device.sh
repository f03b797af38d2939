#!/bin/sh
# SPDX-License-Identifier: MIT
#
# qcuda device serves a machine that somebody else starts: the options that it
# prints are what QEMU takes, and it stays for the next start.

. "$(dirname "$0")/common"
needs_vm
[ -e "$root/build/${CONFIG:-release}/softgpu/libcuda.so.1" ] ||
	{ echo "skipped: softgpu is not built"; exit 77; }

"$qcuda" device --gpu=soft --socket="$work/gpu" --memory=512M --sessions=4 >printed 2>err &
pid=$!
for _ in $(seq 100); do
	grep -q 'library path' printed && break
	sleep 0.1
done
daemon=$(pgrep -P $pid)
grep -q "<source socket='$work/gpu'/>" printed || expect "for libvirt" "$work/gpu" "$(cat printed)"
sed -n '/^  -/{s/\\$//;p}' printed >options
expect "lines of options" 5 "$(wc -l <options)"

for start in first second; do
	# shellcheck disable=SC2046 # words are what it is for
	"${QCUDA_QEMU:-qemu-system-x86_64}" $(cat options) -accel tcg -nodefaults -no-user-config \
		-display none -S 2>qemu-err &
	qemu=$!
	sleep 2
	expect "$start QEMU" $qemu "$(ps -o pid= -p $qemu | tr -d ' ')"
	expect "what it says" "" "$(cat qemu-err)"
	kill $qemu
	wait $qemu
	sleep 0.5
	expect "the daemon after the $start" "$daemon" "$(pgrep -P $pid)"
done

kill -TERM $pid
wait $pid
expect "status after SIGTERM" 0 $?
expect "the daemon" "" "$(ps -o args= -p "$daemon")"
expect "the socket" "" "$(ls gpu 2>/dev/null)"
grep -v 'hung up' err && failures=$((failures + 1))
finish
