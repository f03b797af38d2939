/* SPDX-License-Identifier: MIT */
/* cudaMemPoolExportToShareableHandle: another process uses what was allocated from a pool */
#include "parts/process.h"

#define BLOCKS 3
#define FD cudaMemHandleTypePosixFileDescriptor

static const unsigned words[BLOCKS] = { 100, 5001, 1 << 20 };

__global__ void fill(unsigned *words, unsigned n, unsigned from)
{
	for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		words[i] = from + i;
}

static void check_words(const unsigned *device, unsigned n, unsigned from)
{
	unsigned *host = (unsigned *)malloc(n * sizeof(*host));

	CHECK(host);
	CUDA(cudaMemcpy(host, device, n * sizeof(*host), cudaMemcpyDeviceToHost));
	for (unsigned i = 0; i < n; i++)
		CHECK(host[i] == from + i);
	free(host);
}

static bool offered(void)
{
	int types;

	CUDA(cudaDeviceGetAttribute(&types, cudaDevAttrMemoryPoolSupportedHandleTypes, 0));
	return types & FD;
}

static int importer(int socket)
{
	cudaMemPoolPtrExportData data[BLOCKS];
	unsigned *imported[BLOCKS];
	cudaMemPool_t pool, none;
	int fd;

	if (!offered())
		return 0;
	fd = hear_fd(socket);
	EXPECT(cudaErrorInvalidValue,
	       cudaMemPoolImportFromShareableHandle(&none, (void *)(intptr_t)fd, FD, 1));
	cudaGetLastError();
	CUDA(cudaMemPoolImportFromShareableHandle(&pool, (void *)(intptr_t)fd, FD, 0));
	close(fd);
	hear(socket, data, sizeof(data));
	for (int i = 0; i < BLOCKS; i++) {
		CUDA(cudaMemPoolImportPointer((void **)&imported[i], pool, &data[i]));
		check_words(imported[i], words[i], i);
		fill<<<10, 256>>>(imported[i], words[i], i + 1000);
		CUDA(cudaGetLastError());
	}
	/* An imported pool gives no memory of its own. */
	EXPECT(cudaErrorInvalidValue, cudaDeviceSetMemPool(0, pool));
	cudaGetLastError();
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaFreeAsync(imported[0], 0));
	CUDA(cudaStreamSynchronize(0));
	CUDA(cudaFree(imported[1]));
	CUDA(cudaFree(imported[2]));
	CUDA(cudaMemPoolDestroy(pool));
	tell_ready(socket);
	return finish();
}

int main(int argc, char **argv)
{
	cudaMemPoolPtrExportData data[BLOCKS];
	struct cudaMemPoolProps props;
	unsigned *blocks[BLOCKS];
	struct process other;
	cudaMemPool_t pool, plain;
	int fd;

	if (process_role(argc, argv) >= 0)
		return importer(process_role(argc, argv));
	other = process_start();
	if (!offered())
		skip("the device's pools cannot be shared by file descriptor");
	memset(&props, 0, sizeof(props));
	props.allocType = cudaMemAllocationTypePinned;
	props.location.type = cudaMemLocationTypeDevice;
	CUDA(cudaMemPoolCreate(&plain, &props));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolExportToShareableHandle(&fd, plain, FD, 0));
	cudaGetLastError();
	props.handleTypes = FD;
	CUDA(cudaMemPoolCreate(&pool, &props));
	CUDA(cudaMemPoolExportToShareableHandle(&fd, pool, FD, 0));
	tell_fd(other.socket, fd);
	close(fd);
	for (int i = 0; i < BLOCKS; i++) {
		CUDA(cudaMallocFromPoolAsync((void **)&blocks[i], words[i] * sizeof(int), pool, 0));
		fill<<<10, 256>>>(blocks[i], words[i], i);
		CUDA(cudaGetLastError());
		CUDA(cudaMemPoolExportPointer(&data[i], blocks[i]));
	}
	CUDA(cudaDeviceSynchronize());
	tell(other.socket, data, sizeof(data));
	hear_ready(other.socket);
	for (int i = 0; i < BLOCKS; i++) {
		check_words(blocks[i], words[i], i + 1000);
		CUDA(cudaFreeAsync(blocks[i], 0));
	}
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaMemPoolDestroy(pool));
	CUDA(cudaMemPoolDestroy(plain));
	process_end(other);
	return finish();
}
