#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Arguments, environment, user and directory are those of the host.

. "$(dirname "$0")/common"
needs_vm

newline='
'
QCUDA_A="x  y${newline}z" vm -- sh -c 'printf "%s|" "$0" "$@" "$QCUDA_A" "$PWD" "$(id -u)"' \
	'a b' '' "c${newline}d" '*' >out
expect "arguments" "a b||c${newline}d|*|x  y${newline}z|$work|$(id -u)|" "$(cat out)"

# A program in the current directory, with a library of its own
cat >lib.c <<'END'
int answer(void) { return 42; }
END
cat >main.c <<'END'
int answer(void);
int main(void) { return answer(); }
END
mkdir lib
gcc -shared -fPIC -o lib/libanswer.so lib.c && gcc -o program main.c -Llib -lanswer || exit 1
LD_LIBRARY_PATH=lib vm -- ./program
expect "with a library of its own" 42 $?

# As another user, where that one may read this tree at all
nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs"
if [ "$(id -u)" = 0 ] && $nobody test -r "$root/Makefile"; then
	chmod 755 "$work"
	mkdir home
	chown nobody home
	cd home || exit 1
	$nobody "$qcuda" run --gpu=none -- sh -c 'id -un; echo mine >file; cat /etc/shadow' >../out 2>../err
	expect "who" nobody "$(cat ../out)"
	expect "owner" nobody "$(stat -c %U file)"
	grep -q 'ermission denied' ../err || expect "shadow" "permission denied" "$(cat ../err)"
fi
finish
