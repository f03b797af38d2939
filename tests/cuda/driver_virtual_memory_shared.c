/* SPDX-License-Identifier: MIT */
/* cuMemExportToShareableHandle: another process maps the memory behind a file descriptor */
#include <sys/socket.h>
#include <sys/wait.h>

#include "ptx.h"

#define FD CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR

static CUmemAllocationProp prop = { .type = CU_MEM_ALLOCATION_TYPE_PINNED,
				    .requestedHandleTypes = FD,
				    .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } };

static void send_fd(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec byte = { "x", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK(sendmsg(socket, &message, 0) == 1);
}

static int receive_fd(int socket)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte;
	struct iovec where = { &byte, 1 };
	struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(socket, &message, 0) != 1 || !message.msg_controllen)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static CUdeviceptr map(CUmemGenericAllocationHandle memory, size_t bytes)
{
	CUmemAccessDesc access = { { CU_MEM_LOCATION_TYPE_DEVICE, 0 },
				   CU_MEM_ACCESS_FLAGS_PROT_READWRITE };
	CUdeviceptr at;

	CU(cuMemAddressReserve(&at, bytes, 0, 0, 0));
	CU(cuMemMap(at, bytes, 0, memory, 0));
	CU(cuMemSetAccess(at, bytes, &access, 1));
	return at;
}

/* The other process, forked before CUDA is used: adds one to each word it finds */
static int importer(int socket)
{
	int fd = receive_fd(socket), garbage = dup(socket);
	CUmemGenericAllocationHandle memory;
	unsigned words[1000];
	CUdeviceptr at;
	size_t grain;

	if (fd < 0)
		return 0;	/* The exporter has skipped the test. */
	ptx_context();
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuMemImportFromShareableHandle(NULL, (void *)(intptr_t)fd, FD));
	CHECK(cuMemImportFromShareableHandle(&memory, (void *)(intptr_t)garbage, FD));
	CU(cuMemImportFromShareableHandle(&memory, (void *)(intptr_t)fd, FD));
	close(fd);
	at = map(memory, grain);
	CU(cuMemRelease(memory));
	CU(cuMemcpyDtoH(words, at, sizeof(words)));
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		CHECK(words[i]++ == i);
	CU(cuMemcpyHtoD(at, words, sizeof(words)));
	CU(cuCtxSynchronize());
	CHECK(write(socket, "y", 1) == 1);
	return finish();
}

int main(void)
{
	CUmemGenericAllocationHandle memory;
	unsigned words[1000];
	int pair[2], fd = -1, offered, status;
	CUdeviceptr at;
	size_t grain;
	pid_t child;
	char byte;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	if (!child) {
		close(pair[0]);
		exit(importer(pair[1]));
	}
	close(pair[1]);
	ptx_context();
	CU(cuDeviceGetAttribute(
		&offered, CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, 0));
	if (!offered)
		skip("the device's memory cannot be shared by file descriptor");
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	CU(cuMemCreate(&memory, grain, &prop, 0));
	at = map(memory, grain);
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = i;
	CU(cuMemcpyHtoD(at, words, sizeof(words)));
	CU(cuCtxSynchronize());
	CU(cuMemExportToShareableHandle(&fd, memory, FD, 0));
	CU(cuMemRelease(memory));
	send_fd(pair[0], fd);
	close(fd);
	CHECK(read(pair[0], &byte, 1) == 1);
	CU(cuMemcpyDtoH(words, at, sizeof(words)));
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		CHECK(words[i] == i + 1);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status));
	CU(cuMemUnmap(at, grain));
	CU(cuMemAddressFree(at, grain));
	return finish();
}
