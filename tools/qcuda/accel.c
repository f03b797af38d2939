/* SPDX-License-Identifier: MIT */
/*
 * accel.c - does KVM work here?
 *
 * /dev/kvm may exist and be forbidden, or exist and run no ordinary kernel
 * (inside some virtual machines, where the processor shows no hardware
 * virtualisation).  So it is tried: a machine of one page that says a byte in
 * real mode and halts, which is where every PC starts.  run.c has the last
 * word: a guest that is not heard of under KVM is started again without.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { GUEST_PAGE = 4096, GUEST_CODE = 0x1000 };

/* The processor's own word for it, Intel's or AMD's, among the flags */
static bool has_virtualisation(void)
{
	FILE *info = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (info && !found && getline(&line, &size, info) >= 0)
		found = !strncmp(line, "flags", 5) &&
			(strstr(line, " vmx ") || strstr(line, " svm "));
	free(line);
	if (info)
		fclose(info);
	return found;
}

/* mov $0x42, %al; out %al, $0xe9; hlt */
static const unsigned char probe_code[] = { 0xb0, 0x42, 0xe6, 0xe9, 0xf4 };

static bool probe_cpu(int cpu, struct kvm_run *state)
{
	struct kvm_regs registers = { .rip = GUEST_CODE, .rflags = 2 };
	struct kvm_sregs segments;

	if (ioctl(cpu, KVM_GET_SREGS, &segments) != 0)
		return false;
	segments.cs.base = 0;
	segments.cs.selector = 0;
	if (ioctl(cpu, KVM_SET_SREGS, &segments) != 0 ||
	    ioctl(cpu, KVM_SET_REGS, &registers) != 0)
		return false;
	return ioctl(cpu, KVM_RUN, 0) == 0 && state->exit_reason == KVM_EXIT_IO &&
	       state->io.port == 0xe9 && ((char *)state)[state->io.data_offset] == 0x42 &&
	       ioctl(cpu, KVM_RUN, 0) == 0 && state->exit_reason == KVM_EXIT_HLT;
}

static bool probe_machine(int kvm)
{
	int machine = ioctl(kvm, KVM_CREATE_VM, 0);
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *page = mmap(NULL, GUEST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region memory = {
		.guest_phys_addr = GUEST_CODE, .memory_size = GUEST_PAGE,
		.userspace_addr = (uintptr_t)page,
	};
	void *state = MAP_FAILED;
	bool works = false;
	int cpu = -1;

	if (machine < 0 || size <= 0 || page == MAP_FAILED)
		goto out;
	memcpy(page, probe_code, sizeof(probe_code));
	if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &memory) != 0)
		goto out;
	cpu = ioctl(machine, KVM_CREATE_VCPU, 0);
	if (cpu < 0)
		goto out;
	state = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (state != MAP_FAILED)
		works = probe_cpu(cpu, state);
out:
	if (state != MAP_FAILED)
		munmap(state, (size_t)size);
	if (page != MAP_FAILED)
		munmap(page, GUEST_PAGE);
	if (cpu >= 0)
		close(cpu);
	if (machine >= 0)
		close(machine);
	return works;
}

/**
 * accel_choose() - how QEMU is to run the guest's instructions
 *
 * Return: @wanted, or for ACCEL_AUTO what works.
 */
enum accel accel_choose(enum accel wanted)
{
	int kvm, error;
	bool works;

	if (wanted == ACCEL_TCG || (wanted == ACCEL_AUTO && !has_virtualisation()))
		return ACCEL_TCG;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	error = errno;
	works = kvm >= 0 && probe_machine(kvm);
	if (kvm >= 0)
		close(kvm);
	if (works)
		return ACCEL_KVM;
	if (kvm < 0 && (error == EACCES || error == EPERM)) {
		static const char mend[] = "you may not use /dev/kvm: `sudo adduser $USER kvm`, "
					   "then log in again";

		if (wanted == ACCEL_KVM)
			die("%s", mend);
		warn("slow, because %s", mend);
	} else if (wanted == ACCEL_KVM) {
		die("KVM does not work here (%s): use --accel=tcg",
		    kvm < 0 ? strerror(error) : "/dev/kvm runs no ordinary guest");
	}
	return ACCEL_TCG;
}
