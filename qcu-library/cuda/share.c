/* SPDX-License-Identifier: MIT */
/*
 * share.c - allocations and pools that processes hand to each other in descriptors
 *
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/share.c.  The descriptor that a program exports is one end of a
 * pair of sockets in which a token waits to be read, that the host understands if it
 * is of the same machine.  Programs pass it on as any descriptor (SCM_RIGHTS), and another
 * process of the machine imports it: it looks at the token and leaves it there, and its
 * worker gets the memory from the exporter's.
 *
 * The driver's own descriptor stays on the host, and keeps the memory alive as long as it is there.
 * The other end of the pair says when the program, and whoever it gave the descriptor to, has
 * closed it: the kernel hangs it up.  So before memory is made, exported or given back,
 * this library looks which descriptors are gone, and the host drops what they stood for.
 * The exporter must live until the import, though, for what it has left on the host does not
 * outlive it.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-library/cuda/mapping.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/share.h"

#define FD	CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
#define MAGIC	"qcuda memory 1\n"

struct ticket {
	char magic[16];
	struct wire_token token;
};

/* struct exported - a descriptor that the program was given; @fd: the other end of its pair */
struct exported {
	struct exported *next;
	struct wire_token token;
	int fd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct exported *all_exported;	/* under @lock */

static bool is_closed(const struct exported *exported)
{
	struct pollfd end = { .fd = exported->fd };

	return poll(&end, 1, 0) == 1 && end.revents & POLLHUP;
}

/* Those that the program has closed, off the list of all */
static struct exported *take_closed(void)
{
	struct exported *closed = NULL;

	pthread_mutex_lock(&lock);
	for (struct exported **at = &all_exported; *at;) {
		struct exported *exported = *at;

		if (!is_closed(exported)) {
			at = &exported->next;
			continue;
		}
		*at = exported->next;
		exported->next = closed;
		closed = exported;
	}
	pthread_mutex_unlock(&lock);
	return closed;
}

void share_drop_closed(void)
{
	struct exported *closed, *next;

	if (session_check() != CUDA_SUCCESS)
		return;
	for (closed = take_closed(); closed; closed = next) {
		next = closed->next;
		send_share_drop(closed->token);
		close(closed->fd);
		free(closed);
	}
}

static void keep(struct exported *exported)
{
	pthread_mutex_lock(&lock);
	exported->next = all_exported;
	all_exported = exported;
	pthread_mutex_unlock(&lock);
}

/* A descriptor that stands for the token, -1 without memory */
static int ticket_write(const struct wire_token *token)
{
	struct ticket ticket = { .magic = MAGIC, .token = *token };
	struct exported *exported = malloc(sizeof(*exported));
	int ends[2];

	if (!exported)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		goto err_free;
	if (send(ends[0], &ticket, sizeof(ticket), MSG_NOSIGNAL) != sizeof(ticket))
		goto err_close;
	exported->token = *token;
	exported->fd = ends[0];
	keep(exported);
	return ends[1];

err_close:
	close(ends[0]);
	close(ends[1]);
err_free:
	free(exported);
	return -1;
}

/* Give the program such a descriptor, where CUDA says "void *" and means "int *" */
static CUresult ticket_give(const struct wire_token *token, void *handle)
{
	int fd = ticket_write(token);

	if (fd < 0) {
		send_share_drop(*token);
		return CUDA_ERROR_OPERATING_SYSTEM;
	}
	memcpy(handle, &fd, sizeof(fd));
	return CUDA_SUCCESS;
}

static bool ticket_read(int fd, struct wire_token *token)
{
	struct ticket ticket;

	if (recv(fd, &ticket, sizeof(ticket), MSG_PEEK | MSG_DONTWAIT) != sizeof(ticket) ||
	    memcmp(ticket.magic, MAGIC, sizeof(ticket.magic)))
		return false;
	*token = ticket.token;
	return true;
}

CUresult CUDAAPI cuMemExportToShareableHandle(void *shareableHandle,
					      CUmemGenericAllocationHandle handle,
					      CUmemAllocationHandleType handleType,
					      unsigned long long flags)
{
	CUmemAllocationProp properties;
	struct wire_token token;
	CUresult rc = cuMemGetAllocationPropertiesFromHandle(&properties, handle);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!shareableHandle || flags || !(handleType & properties.requestedHandleTypes))
		return CUDA_ERROR_INVALID_VALUE;
	if (handleType != FD)
		return CUDA_ERROR_NOT_SUPPORTED;
	share_drop_closed();
	rc = send_allocation_export(&token, handle);
	if (rc != CUDA_SUCCESS)
		return rc;
	return ticket_give(&token, shareableHandle);
}

CUresult CUDAAPI cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle,
						void *osHandle,
						CUmemAllocationHandleType shHandleType)
{
	CUmemGenericAllocationHandle made;
	struct wire_allocation wire;
	struct wire_token token;
	CUdevice device;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle)
		return CUDA_ERROR_INVALID_VALUE;
	if (shHandleType != FD)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!ticket_read((int)(intptr_t)osHandle, &token))
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_allocation_import(&made, token, &device, &wire);
	if (rc == CUDA_SUCCESS)
		rc = mapping_describe(made, device, &wire);
	if (rc == CUDA_SUCCESS)
		*handle = made;
	return rc;
}

CUresult CUDAAPI cuMemPoolExportToShareableHandle(void *handle_out, CUmemoryPool pool,
						  CUmemAllocationHandleType handleType,
						  unsigned long long flags)
{
	struct wire_token token;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!handle_out || handleType != FD || flags))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS) {
		share_drop_closed();
		rc = send_pool_export(&token, pool);
	}
	return rc == CUDA_SUCCESS ? ticket_give(&token, handle_out) : rc;
}

CUresult CUDAAPI cuMemPoolImportFromShareableHandle(CUmemoryPool *pool_out, void *handle,
						    CUmemAllocationHandleType handleType,
						    unsigned long long flags)
{
	struct wire_token token;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pool_out || handleType != FD || flags)
		return CUDA_ERROR_INVALID_VALUE;
	/* So says an H200 of a descriptor that is of something else. */
	if (!ticket_read((int)(intptr_t)handle, &token))
		return CUDA_ERROR_UNKNOWN;
	return send_pool_import(pool_out, token);
}
