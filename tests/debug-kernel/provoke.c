// SPDX-License-Identifier: GPL-2.0
/*
 * provoke.c - commits one crime on loading, to prove that the debug kernel
 * reports it. insmod provoke.ko crime=atomic|leak|allocate|deadlock|uaf|list
 */
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *crime = "";
module_param(crime, charp, 0);

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);

static int use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	kfree(p);
	WRITE_ONCE(p[8], 1);
	return 0;
}

static int sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
	return 0;
}

static int lock_inversion(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
	return 0;
}

/* Several, because a stale pointer on a stack may hide the last one. */
static int leak(void)
{
	int i;

	for (i = 0; i < 16; i++) {
		char *volatile p = kmalloc(192, GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		p = NULL;
	}
	return 0;
}

static int corrupt_list(void)
{
	struct list_head head, entry;

	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	head.next = &head;
	list_add(&entry, &head);
	return 0;
}

/* Answers -ENOMEM to the loader if fault injection hits. */
static int allocate(void)
{
	void *p = kmalloc(192, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		return -ENOMEM;
	kfree(p);
	return 0;
}

static int __init provoke_init(void)
{
	if (!strcmp(crime, "uaf"))
		return use_after_free();
	if (!strcmp(crime, "atomic"))
		return sleep_in_atomic();
	if (!strcmp(crime, "deadlock"))
		return lock_inversion();
	if (!strcmp(crime, "leak"))
		return leak();
	if (!strcmp(crime, "list"))
		return corrupt_list();
	if (!strcmp(crime, "allocate"))
		return allocate();
	return -EINVAL;
}

static void __exit provoke_exit(void)
{
}

module_init(provoke_init);
module_exit(provoke_exit);
MODULE_DESCRIPTION("Proves that the debug kernel reports errors");
MODULE_LICENSE("GPL");
