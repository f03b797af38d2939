/* SPDX-License-Identifier: MIT */
/* init.h - the parts of the guest's process 1. */
#ifndef INIT_H
#define INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "tools/guest/guest.h"

/* spec.c */
struct spec {
	const char *path, *cwd, *hostname, *device;
	char **argv, **envp;
	const char **modules, **writable;
	size_t nargs, nenv, nmodules, nwritable;
	gid_t *groups;
	size_t ngroups;
	uid_t uid;
	gid_t gid;
	mode_t umask;
	bool tty[3];
	unsigned short rows, columns;
};

void spec_load(struct spec *spec, const char *path);

/* init.c */
void say(const struct guest_message *message, const char *text);
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* port.c */
int port_open(enum guest_port port);
bool read_all(int fd, void *buffer, size_t length);
bool write_all(int fd, const void *buffer, size_t length);

/* root.c */
void root_early(void);
void root_modules(const struct spec *spec);
void root_assemble(const struct spec *spec);
void root_sync(const struct spec *spec);

/* terminal.c */
int terminal_open(const struct spec *spec);
int terminal_slave(int master, const struct spec *spec);

/* program.c */
pid_t program_start(const struct spec *spec, int *exec_error);
void program_signal(pid_t pid, int number, bool group);
void program_unread(int stream);
void program_finish(uint64_t bytes[2]);

#endif
