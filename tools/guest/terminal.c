/* SPDX-License-Identifier: MIT */
/*
 * terminal.c - the program's terminal, when qcuda has one.
 *
 * The user's own terminal goes on doing what it does: it echoes, edits lines
 * and makes SIGINT of Ctrl-C.  So this one only has to look like one to the
 * program (which then does not hold its lines back), and passes bytes as they
 * are.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "tools/guest/init.h"

/* The end that process 1 holds; -1 if the program has no terminal */
int terminal_open(const struct spec *spec)
{
	struct winsize size = { .ws_row = spec->rows, .ws_col = spec->columns };
	int master;

	if (!spec->tty[0] && !spec->tty[1] && !spec->tty[2])
		return -1;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || unlockpt(master) != 0)
		fail("cannot make a terminal");
	ioctl(master, TIOCSWINSZ, &size);
	return master;
}

/* The end for the program */
int terminal_slave(int master, const struct spec *spec)
{
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (slave < 0 || tcgetattr(slave, &mode) != 0)
		fail("cannot open a terminal");
	mode.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	mode.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(slave, TCSANOW, &mode);
	if (fchown(slave, spec->uid, spec->gid) != 0)
		fail("cannot own a terminal");
	return slave;
}
