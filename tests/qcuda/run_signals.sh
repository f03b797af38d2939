#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Signals reach the program; two that ask to end, end the machine; and however
# qcuda ends, nothing that it started is left.

. "$(dirname "$0")/common"
needs_vm

# started ARGUMENT... - qcuda in the background, until its program has said so
started()
{
	: >out
	"$qcuda" run --gpu=none -- "$@" >out 2>err </dev/null &
	pid=$!
	for _ in $(seq 600); do
		[ -s out ] && return
		sleep 0.1
	done
	echo "the program does not start"
	exit 1
}

# gone PID... - they end within three seconds
gone()
{
	for _ in $(seq 30); do
		ps -o pid= -p "$*" >/dev/null || return 0
		sleep 0.1
	done
	ps -o pid=,args= -p "$*"
	return 1
}

descendants()
{
	pgrep -d ' ' -P "$1"
}

started sh -c 'trap "echo got TERM; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
kill -TERM $pid
wait $pid
expect "status after SIGTERM is caught" 7 $?
expect "what the trap said" "got TERM" "$(tail -n 1 out)"

started sh -c 'echo ready; sleep 1000'
kill -USR1 $pid
wait $pid
expect "status after SIGUSR1 is not caught" 138 $?

# Who does not listen is ended with the machine
started sh -c 'trap "" TERM INT; echo ready; while :; do sleep 1; done'
children=$(descendants $pid)
kill -TERM $pid
sleep 0.5
expect "still there after one" $pid "$(ps -o pid= -p $pid | tr -d ' ')"
kill -TERM $pid
wait $pid
expect "status after the second" 143 $?
gone $children || expect "processes left after SIGTERM" none "$children"

# qcuda itself is killed: the kernel ends the rest
started sh -c 'echo ready; sleep 1000'
children=$(descendants $pid)
expect "children of qcuda" 2 "$(echo $children | wc -w)"
kill -KILL $pid
gone $children || expect "processes left after SIGKILL" none "$children"

# Before the program runs
"$qcuda" run --gpu=none -- true </dev/null &
pid=$!
sleep 0.7
children=$(descendants $pid)
kill -TERM $pid
wait $pid
expect "status of SIGTERM during the boot" 143 $?
gone $children || expect "processes left after an early SIGTERM" none "$children"
finish
