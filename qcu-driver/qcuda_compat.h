/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * qcuda_compat.h - what differs between the kernels that are supported (6.1 on)
 *
 * Every look at the kernel's version is here.
 */
#ifndef QCUDA_COMPAT_H
#define QCUDA_COMPAT_H

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

/* 6.2: class->devnode() must not change the device */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define QCUDA_DEVNODE_CONST const
#else
#define QCUDA_DEVNODE_CONST
#endif

/** qcuda_vm_flags() - in an mmap handler; 6.3: vm_flags are changed by functions only */
static inline void qcuda_vm_flags(struct vm_area_struct *vma, unsigned long set,
				  unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/**
 * qcuda_shrinker_create() - a shrinker of things that are few and large; 6.7: not the caller's memory
 * @count: how many there are
 * @scan: give up so many
 *
 * Context: Process context.  May sleep.
 * Return: the shrinker, for qcuda_shrinker_destroy(), or an ERR_PTR().
 */
static inline struct shrinker *
qcuda_shrinker_create(unsigned long (*count)(struct shrinker *, struct shrink_control *),
		      unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	struct shrinker *shrinker = shrinker_alloc(0, "qcuda");
#else
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
	int err;
#endif

	if (!shrinker)
		return ERR_PTR(-ENOMEM);
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker->batch = 1;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	shrinker_register(shrinker);
#else
	err = register_shrinker(shrinker, "qcuda");
	if (err) {
		kfree(shrinker);
		return ERR_PTR(err);
	}
#endif
	return shrinker;
}

/** qcuda_shrinker_destroy() - when this returns it does not run any more */
static inline void qcuda_shrinker_destroy(struct shrinker *shrinker)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

/**
 * qcuda_find_vqs() - virtio_find_vqs(): one admin queue, then control queues
 * @vdev: the virtio device
 * @n: number of queues
 * @vqs: out, @n of them
 * @callback: of each queue
 *
 * Context: Process context.  May sleep.
 * Return: 0 or a negative errno.
 */
static inline int qcuda_find_vqs(struct virtio_device *vdev, unsigned int n,
				 struct virtqueue *vqs[], vq_callback_t *callback)
{
	unsigned int i;
	int err;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	struct virtqueue_info *info = kcalloc(n, sizeof(*info), GFP_KERNEL);

	if (!info)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		info[i].name = i ? "control" : "admin";
		info[i].callback = callback;
	}
	err = virtio_find_vqs(vdev, n, vqs, info, NULL);
	kfree(info);
#else
	vq_callback_t **callbacks = kcalloc(n, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kcalloc(n, sizeof(*names), GFP_KERNEL);

	err = -ENOMEM;
	if (!callbacks || !names)
		goto out;
	for (i = 0; i < n; i++) {
		names[i] = i ? "control" : "admin";
		callbacks[i] = callback;
	}
	err = virtio_find_vqs(vdev, n, vqs, callbacks, names, NULL);
out:
	kfree(names);
	kfree(callbacks);
#endif
	return err;
}

#endif
