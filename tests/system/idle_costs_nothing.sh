#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A program that has used CUDA and does nothing costs nothing: no thread of it, of its worker
# or of the daemon wakes up, and daemon and worker are small.  In a virtual machine it is the program
# alone that is seen.  NVIDIA's driver has threads that wake up (ten times a second on an H200): where
# it works, in a worker or in the program itself, that process is left out.

# kB; a worker's beyond what the host's driver needs by itself: next to nothing, if it is softgpu, else
# what the same program has with the driver in its own process
DAEMON_KB=10240
WORKER_KB=16384

work=$(mktemp -d) || exit 1
programs=''
trap 'kill $programs 2>/dev/null; rm -rf "$work"' EXIT

# idle_program NAME - sets program: one that has used CUDA and now does nothing
idle_program()
{
	: >"$work/$1"
	"$TEST_PROGRAMS/tiny_program" --idle 60 >"$work/$1" &
	program=$!
	programs="$programs $program"
	until grep -q idle "$work/$1"; do
		kill -0 $program || exit 1
		sleep 0.1
	done
}

# wake_ups PID... - context switches so far, of all threads of these processes
wake_ups()
{
	total=0
	for pid; do
		for status in /proc/"$pid"/task/*/status; do
			while read -r key value; do
				case $key in *_ctxt_switches:) total=$((total + value)) ;; esac
			done <"$status"
		done
	done
	echo $total
}

# private_kb PID - memory that this process alone has
private_kb()
{
	awk '/^Private_(Clean|Dirty):/ { kb += $2 } END { print kb + 0 }' "/proc/$1/smaps_rollup"
}

# small NAME PID KB MOST - it has no more than MOST kB beyond KB
small()
{
	has=$(private_kb "$2")
	echo "$1: $has kB, the driver by itself $3 kB" >&2
	[ $((has - $3)) -le "$4" ] || { echo "the $1 has too much" >&2; return 1; }
}

# driver_kb - what a program has that uses the daemon's driver itself: softgpu needs next to nothing
driver_kb()
{
	[ -n "$TEST_DRIVER" ] || { echo 0; return; }
	mkdir "$work/lib"
	ln -s "$TEST_DRIVER" "$work/lib/libcuda.so.1"
	ln -s "${LD_LIBRARY_PATH%%:*}/libcudart.so.13" "$work/lib/libcudart.so.13"
	LD_LIBRARY_PATH=$work/lib idle_program driver
	private_kb $program
	kill $program
}

# The first to run it may compile its kernels, which costs memory wherever the driver is.
"$TEST_PROGRAMS/tiny_program" >/dev/null || exit 1
idle_program program
# what polls has stopped after this, and the spare worker has been made
sleep 1
if grep -q '/libcuda\.so\.[0-9]*\.' "/proc/$program/maps"; then
	echo "skipped: NVIDIA's driver is in the program, and wakes up of itself"
	exit 77
fi
processes="$program $TEST_DAEMON"
[ -z "$TEST_DAEMON" ] || [ -n "$TEST_DRIVER" ] ||
	processes="$processes $(ps -o pid= --ppid "$TEST_DAEMON")"
before=$(wake_ups $processes)
sleep 3
after=$(wake_ups $processes)
[ "$before" = "$after" ] || { echo "$((after - before)) wake-ups in 3 s" >&2; exit 1; }
if [ -n "$TEST_DAEMON" ]; then
	driver=$(driver_kb)
	small daemon "$TEST_DAEMON" 0 $DAEMON_KB || exit 1
	for worker in $(ps -o pid= --ppid "$TEST_DAEMON"); do
		small worker "$worker" "$driver" $WORKER_KB || exit 1
	done
fi
echo "no wake-ups"
