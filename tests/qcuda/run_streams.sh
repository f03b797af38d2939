#!/bin/sh
# SPDX-License-Identifier: MIT
#
# stdin, stdout and stderr of the program in the machine are qcuda's own: apart,
# byte for byte, with their ends.

. "$(dirname "$0")/common"
needs_vm

# Every byte both ways, of an odd size
head -c 5000001 /dev/urandom >in
vm -- cat <in >out 2>err
expect "status of cat" 0 $?
cmp in out || failures=$((failures + 1))
expect "stderr of cat" "" "$(cat err)"

# The two outputs are not mixed, and what was written last arrives
vm -- sh -c 'head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2; printf end; printf End >&2' \
	</dev/null >out 2>err
expect "size of stdout" 300003 "$(stat -c %s out)"
expect "size of stderr" 200003 "$(stat -c %s err)"
expect "end of stdout" end "$(tail -c 3 out)"
expect "end of stderr" End "$(tail -c 3 err)"

# A reader that goes away is SIGPIPE in the program
{ vm -- yes; echo $? >status; } </dev/null | head -n 2 >out
expect "what head got" "y y" "$(echo $(cat out))"
expect "status of yes" 141 "$(cat status)"

# A program that reads no input ends though the input does not, and one that
# closes it is a closed pipe to who writes it
mkfifo fifo
sleep 60 >fifo &
sleeper=$!
vm -- echo done <fifo >out
expect "without reading" done "$(cat out)"
kill $sleeper
(yes; echo $? >status) | vm -- sh -c 'exec <&-; sleep 1'
expect "status of who writes" 141 "$(cat status)"

# Closed from the beginning
vm -- sh -c 'cat; echo to nobody' <&- >&- 2>err
expect "all closed" "" "$(cat err)"
finish
