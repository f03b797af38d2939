/* SPDX-License-Identifier: MIT */
/*
 * guest.h - what `qcuda run` (on the host) and process 1 of its guest say to
 * each other.
 *
 * They are joined by five virtio-serial ports.  Bytes of the program's output
 * go through theirs raw; everything that needs a boundary has a header:
 *
 *	GUEST_CONTROL	struct guest_message + text, both ways
 *	GUEST_STDIN	host to guest: uint32_t length + bytes; length 0 is end of file,
 *			of which a terminal may have many
 *	GUEST_STDOUT	guest to host: bytes; GUEST_EXIT says how many there were
 *	GUEST_STDERR	the same
 *	GUEST_FILES	FUSE requests and replies, which carry their own length
 *
 * What to run travels in the initramfs as the file GUEST_SPEC: strings, each
 * ended by a NUL, each "key=value", in the order they are to be used:
 *
 *	module=NAME	insert /modules/NAME
 *	device=FILE	must be there then
 *	writable=DIR	what is written there is written to the host's files
 *	path=FILE	the program
 *	arg=, env=	its arguments (the first is argv[0]) and environment
 *	hostname=	the host's
 *	tty=N		its file descriptor N (0, 1, 2) is a terminal...
 *	rows=, columns=	...of this size
 *	cwd=, umask=, uid=, gid=, group=	who and where it is; numbers in decimal
 *
 * Both ends are built from one tree and run on one machine: host byte order,
 * no version.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define GUEST_SPEC	"/spec"
#define GUEST_PORT_PATH "/dev/vport0p%d"

enum guest_port {
	GUEST_CONTROL = 1, /* port 0 is the console's in the virtio specification */
	GUEST_STDIN,
	GUEST_STDOUT,
	GUEST_STDERR,
	GUEST_FILES,
	GUEST_PORT_END,
};

enum guest_message_type {
	/* guest to host */
	GUEST_HELLO = 1,   /* the kernel is up and the ports are open */
	GUEST_STARTED,	   /* the program is running */
	GUEST_EXIT,	   /* arg: wait status; bytes[]: what stdout and stderr carried */
	GUEST_NO_EXEC,	   /* arg: errno of execve() */
	GUEST_FAILED,	   /* the guest could not be set up; text says what */
	GUEST_STDIN_UNUSED, /* nobody will read stdin any more */
	/* host to guest */
	GUEST_SIGNAL = 32, /* arg: number; group: to the program's whole process group */
	GUEST_UNREAD,	   /* arg: 1 or 2: nobody reads this stream any more */
};

struct guest_message {
	uint32_t type;	/* enum guest_message_type */
	uint32_t length; /* of the text that follows */
	uint32_t arg;
	uint32_t group;
	uint64_t bytes[2];
	uint64_t tainted; /* GUEST_EXIT: /proc/sys/kernel/tainted */
};

_Static_assert(sizeof(struct guest_message) == 40, "no holes");

#define GUEST_TEXT_MAX 1024

#endif
