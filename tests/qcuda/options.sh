#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is wrong with the command line or the machine is told in one line that
# says how to mend it.  Nothing is booted here.

. "$(dirname "$0")/common"

# says STATUS PATTERN ARGUMENT...
says()
{
	status=$1 pattern=$2
	shift 2
	"$qcuda" "$@" >out 2>err </dev/null
	expect "status of qcuda $*" "$status" $?
	expect "lines of qcuda $*" 1 "$(cat out err | wc -l)"
	grep -Eq -e "$pattern" err || expect "qcuda $*" "$pattern" "$(cat err)"
}

says 125 'no command .boil.*--help' boil
says 125 'no program given' run
says 125 'no program given' run --gpu=none --
says 125 'unknown option --colour.*run --help' run --colour -- true
says 125 'unknown option -z' run -z -- true
says 125 '--cpus needs a value' run --cpus
says 125 '--cpus=0.*from 1 to' run --cpus=0 -- true
says 125 '--cpus=two' run --cpus=two -- true
says 125 '--memory=5.*256M or more' run --memory=5 -- true
says 125 '--memory=1Q' run --memory=1Q -- true
says 125 '--memory=-1G' run --memory=-1G -- true
says 125 '--memory=99999999999999999999' run --memory=99999999999999999999 -- true
says 125 '--accel=warp' run --accel=warp -- true
says 125 '--gpu=tpu.*expected' run --gpu=tpu -- true
says 125 '--gpu=/no/such.*No such file' run --gpu=/no/such -- true
says 125 '--writable=/no/such' run --writable=/no/such -- true
says 125 '--writable=/:' run --writable=/ -- true
says 125 'no kernel /no/such' run --kernel=/no/such -- true
says 125 'not a Linux kernel' run --kernel=/etc/passwd -- true
says 127 'no-such-program: there is no' run -- no-such-program
says 127 './nothing: there is no' run -- ./nothing
says 126 '/etc/passwd: cannot be executed' run -- /etc/passwd
says 126 '/tmp: cannot be executed' run -- /tmp
says 125 'takes no argument' device surplus
says 125 'nothing to serve' device --gpu=none
says 125 'unknown option' device --cpus=2

# What is missing
QCUDA_QEMU=/no/such/qemu says 125 'QCUDA_QEMU=/no/such/qemu' run --gpu=none -- true
QCUDA_GUEST_DIR=$work says 125 'no guest kernel.*make guest' run --gpu=none -- true
env PATH="$work" "$qcuda" run --gpu=none -- /bin/true 2>err
expect "without QEMU" 125 $?
grep -q 'qemu-system-x86_64 is not installed.*apt-get install' err || expect "without QEMU" "" "$(cat err)"

# Help is complete: every option of the manual page is in it, and the reverse
for command in run device; do
	"$qcuda" $command --help >help || failures=$((failures + 1))
	grep -o -e '--[a-z][a-z-]*' help | sort -u >in-help
	awk -v section="QCUDA $(echo $command | tr a-z A-Z)" \
		'/^\.SH/ { on = $0 == ".SH " section } on { gsub(/\\-/, "-"); print }' \
		"$root/tools/qcuda.1" |
		grep -o -e '--[a-z][a-z-]*' | sort -u >in-manual
	expect "options of qcuda $command in help and manual" "$(cat in-help)" "$(cat in-manual)"
done
finish
