#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The program sees the host's files where they are; what it writes in the
# current directory stays, and nothing else does.

. "$(dirname "$0")/common"
needs_vm

mkdir here elsewhere
echo before >here/kept
echo before >elsewhere/untouched
ln -s /etc here/link
cd here || exit 1

vm -- sh -ec '
	pwd
	cat kept ../elsewhere/untouched
	echo after >kept
	echo after >../elsewhere/untouched
	cat ../elsewhere/untouched
	mkdir -p a/b; echo deep >a/b/c; mv a/b/c a/d; rmdir a/b; ln a/d hard; ln -s d a/soft
	chmod 640 a/d; touch -d @1000000000 a/d
	head -c 3000001 /dev/zero >large; truncate -s 7 large
	echo one >>large; rm -f nothing
	echo gone >/tmp/gone-with-the-guest; echo gone >/etc/gone-with-the-guest
	echo gone >link/gone-with-the-guest2
	umask 077; : >private' >../out 2>../err </dev/null
expect "status" 0 $?
expect "errors" "" "$(cat ../err)"
expect "what it read" "$work/here before before after" "$(echo $(cat ../out))"
expect "written here" after "$(cat kept)"
expect "written elsewhere" before "$(cat ../elsewhere/untouched)"
expect "moved" deep "$(cat a/d)"
expect "link" deep "$(cat a/soft)"
expect "names of a/d" 2 "$(stat -c %h a/d)"
expect "mode and time" "640 1000000000" "$(stat -c '%a %Y' a/d)"
expect "cut and appended" 11 "$(stat -c %s large)"
expect "umask" 600 "$(stat -c %a private)"
expect "outside" "" "$(ls /tmp/gone-with-the-guest /etc/gone-with-the-guest* 2>/dev/null)"

vm --discard -- sh -c 'echo discarded >kept; cat kept' >../out
expect "with --discard, inside" discarded "$(cat ../out)"
expect "with --discard, outside" after "$(cat kept)"

vm --writable=../elsewhere -- sh -c 'echo kept >../elsewhere/untouched; echo too >>kept'
expect "with --writable" kept "$(cat ../elsewhere/untouched)"
expect "with --writable, here" "after too" "$(echo $(cat kept))"

# A map of a file, shared, is written back
cat >map.py <<'END'
import mmap
with open("mapped", "w+b") as f:
    f.truncate(10000)
    m = mmap.mmap(f.fileno(), 10000)
    m[9995:10000] = b"hello"
END
if command -v python3 >/dev/null; then
	vm -- python3 map.py
	expect "mapped" hello "$(tail -c 5 mapped)"
fi
finish
