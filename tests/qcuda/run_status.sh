#!/bin/sh
# SPDX-License-Identifier: MIT
#
# qcuda ends as the program ended; its own failures have statuses of their own.

. "$(dirname "$0")/common"
needs_vm

vm -- sh -c 'exit 3'
expect "exit 3" 3 $?
vm -- sh -c 'kill -SEGV $$' 2>/dev/null
expect "killed by SIGSEGV" 139 $?
bash -c '"$0" run --gpu=none -- sh -c "kill -KILL \$\$"; echo $? >status' "$qcuda" 2>/dev/null
expect "killed by SIGKILL" 137 "$(cat status)"

# Found on the host, but not good in the machine
printf '#!/no/such/interpreter\n' >script
chmod +x script
vm -- ./script 2>err
expect "no interpreter" 127 $?
printf 'neither script nor program\n' >script
vm -- ./script 2>err
expect "no program" 126 $?
expect "one line" 1 "$(wc -l <err)"

# What is left running does not hold anything up
vm --times -- sh -c 'sleep 100 & echo started' >out 2>err
expect "status with a process left" 0 $?
expect "its output" started "$(cat out)"
grep -q 'boot [0-9.]*,.* program [0-9.]*,' err || expect "times" "boot, program" "$(cat err)"
finish
