/* SPDX-License-Identifier: MIT */
/* qcuda.h - the parts of the `qcuda` command. */
#ifndef QCUDA_H
#define QCUDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "tools/guest/guest.h"

/* Exit statuses of qcuda itself; anything else is the program's */
enum {
	EXIT_QCUDA = 125,     /* qcuda failed, or the guest's kernel complained */
	EXIT_NO_EXEC = 126,   /* the program cannot be executed */
	EXIT_NOT_FOUND = 127, /* there is no such program */
};

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

struct run_options {
	const char *gpu, *kernel;
	int cpus;
	uint64_t memory; /* bytes */
	enum accel accel;
	bool times, verbose, check_dmesg, discard;
	const char **writable; /* NULL-terminated */
	size_t nwritable;
	char **argv; /* the program and its arguments */
};

struct device_options {
	const char *gpu, *socket, *log;
	int sessions;
	uint64_t memory;
};

/* message.c */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die_status(int status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *grow(void *array, size_t count, size_t size);
uint64_t now_us(void);

/* options.c */
void options_run(struct run_options *options, int argc, char **argv);
void options_device(struct device_options *options, int argc, char **argv);
extern const char options_help[], options_help_run[], options_help_device[];

/* place.c */
char *place_bin(const char *name);
char *place_guest(const char *name);
char *place_library(void);
char *place_softgpu(void);
char *place_module(const char *version);

/* program.c */
char *program_find(const char *name);

/* kernel.c */
struct kernel {
	char *image;	 /* the vmlinuz */
	char *version;	 /* "6.1.0-56-cloud-amd64" */
	char *directory; /* its modules.dep lies here */
};

void kernel_find(struct kernel *kernel, const char *image);
size_t kernel_modules(const struct kernel *kernel, const char *const wanted[], char ***paths);

/* initramfs.c */
int initramfs_make(const struct run_options *options, const struct kernel *kernel,
		   const char *program, const char *cwd, bool gpu);

/* process.c */
struct process {
	pid_t pid; /* 0: none */
};

void process_start(struct process *process, char *const argv[], const int keep[], int out, int err);
void process_fork(struct process *process, void (*body)(int), int fd);
void process_end(struct process *process, int grace_ms);
void process_end_all(void);

/* accel.c */
enum accel accel_choose(enum accel wanted);

/* gpu.c */
char *gpu_driver(const char *wanted);

/* daemon.c */
void daemon_start(struct process *process, const char *driver, const char *socket, int sessions,
		  const char *log, bool once);

/* vm.c */
struct vm {
	struct process process;
	bool kvm;
	int port[GUEST_PORT_END]; /* our ends; [0] is the console */
	int errors;		  /* what QEMU says */
};

void vm_start(struct vm *vm, const struct run_options *options, const struct kernel *kernel,
	      enum accel accel, int initramfs, const char *socket);

/* files.c */
void files_serve(int port);
void files_writable(const char *const directories[], size_t count);

/* relay.c */
struct outcome {
	bool exited;	/* the program ran and ended with... */
	int status;	/* ...this wait status */
	int exec_error; /* it could not be executed */
	int signal;	/* we were told to stop, before it ran or for the second time */
	char *failure;	/* the guest is broken; what it said */
	uint64_t tainted;
	uint64_t hello_us, started_us, ended_us; /* when; 0: never */
};

void relay(struct vm *vm, struct outcome *outcome, bool verbose);

/* console.c */
void console_take(const char *text, size_t length, bool verbose);
bool console_complained(void);
void console_print(void);

/* run.c, device.c */
int run(int argc, char **argv);
int device(int argc, char **argv);

#endif
