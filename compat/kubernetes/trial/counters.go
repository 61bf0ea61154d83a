package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	counterHands = 4
	counterName  = "counter"
)

// Counter is an object that several hands count up at once, each only if nobody else was faster.
// It holds the total and the share of each hand, so that a hand sees what became of an update
// whose outcome it was not told.
type Counter struct {
	trial   *Trial
	objects Objects
	promise *Promise

	mu     sync.Mutex
	counts map[string]int
	total  int
}

func (t *Trial) counter(kind Kind, namespace string, promise *Promise) part {
	c := &Counter{trial: t, objects: t.objectsOf(kind, namespace), promise: promise,
		counts: map[string]int{}}
	return part{"counter of " + kind.resource.Resource, c.run, c.judge}
}

func number(fields map[string]string, key string) int {
	n, err := strconv.Atoi(fields[key])
	if err != nil {
		return 0
	}
	return n
}

func (c *Counter) run(ctx context.Context) {
	var created *unstructured.Unstructured
	_, err := c.trial.wait(ctx, "a counter is made", func(call context.Context) (bool, error) {
		wanted := c.objects.build(counterName, "", map[string]string{"total": "0"})
		_, err := c.objects.client.Create(call, wanted, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return false, err
		}
		created, err = c.objects.client.Get(call, counterName, metav1.GetOptions{})
		return err == nil, err
	})
	if err != nil {
		c.promise.fail("%v", err)
		return
	}
	watched, stop := context.WithCancel(ctx)
	defer stop()
	go c.watch(watched, revisionOf(created))
	var hands sync.WaitGroup
	for i := range counterHands {
		hands.Add(1)
		go func() {
			defer hands.Done()
			c.count(ctx, fmt.Sprintf("hand-%d", i))
		}()
	}
	hands.Wait()
	_, err = c.trial.wait(ctx, "the watch tells all of the counter",
		func(call context.Context) (bool, error) {
			object, err := c.objects.client.Get(call, counterName, metav1.GetOptions{})
			if err != nil {
				return false, err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.total == number(c.objects.fields(object), "total"), nil
		})
	if err != nil {
		c.promise.fail("%v", err)
	}
}

// watch sees that no step of the counter is left out or told twice.
func (c *Counter) watch(ctx context.Context, from int64) {
	err := c.objects.follow(ctx, from, func(told watch.Event) {
		object, ok := told.Object.(*unstructured.Unstructured)
		if !ok || told.Type == watch.Bookmark || object.GetName() != counterName {
			return
		}
		total := number(c.objects.fields(object), "total")
		c.mu.Lock()
		defer c.mu.Unlock()
		if total != c.total+1 {
			c.promise.fail("after %d the watch told %d", c.total, total)
		}
		c.total = total
	}, func() {})
	if err != nil {
		c.promise.fail("the watch of the counter has a gap: %v", err)
	}
}

func (c *Counter) count(ctx context.Context, hand string) {
	const between = 150 * time.Millisecond
	mine, open := 0, false
	for c.trial.running() && ctx.Err() == nil {
		begun := time.Now()
		var object *unstructured.Unstructured
		_, err := c.trial.wait(ctx, "a look at the counter",
			func(call context.Context) (done bool, err error) {
				object, err = c.objects.client.Get(call, counterName, metav1.GetOptions{})
				return err == nil, err
			})
		if err != nil {
			c.promise.fail("%v", err)
			return
		}
		fields := c.objects.fields(object)
		found := number(fields, hand)
		if open && found == mine+1 {
			mine, open = found, false
			c.counted(hand, mine)
			c.promise.add("of them done", 1)
		}
		if found != mine {
			c.promise.fail("%s counted to %d, but %d is there", hand, mine, found)
			return
		}
		fields[hand] = strconv.Itoa(mine + 1)
		fields["total"] = strconv.Itoa(number(fields, "total") + 1)
		call, cancel := bounded(ctx)
		_, err = c.objects.client.Update(call,
			c.objects.build(counterName, object.GetResourceVersion(), fields),
			metav1.UpdateOptions{})
		cancel()
		switch {
		case err == nil:
			mine, open = mine+1, false
			c.counted(hand, mine)
			c.trial.pulse.beat()
			c.promise.round(begun)
		case apierrors.IsConflict(err):
			c.promise.add("conflicts", 1)
		case !apierrors.IsTooManyRequests(err):
			open = true
			logf("%s: %v after %.2f s", hand, err, time.Since(begun).Seconds())
			c.promise.add("unknown outcomes looked up", 1)
		}
		pauseFor(ctx, between)
	}
	c.settle(ctx, hand, mine, open)
}

// settle finds out what became of the last update; whatever is still under way is done or fails
// once another update of the same revision was done, which this one is.
func (c *Counter) settle(ctx context.Context, hand string, mine int, open bool) {
	if !open {
		return
	}
	_, err := c.trial.wait(ctx, "the last update is decided",
		func(call context.Context) (bool, error) {
			object, err := c.objects.client.Get(call, counterName, metav1.GetOptions{})
			if err != nil {
				return false, err
			}
			fields := c.objects.fields(object)
			if number(fields, hand) == mine+1 {
				c.counted(hand, mine+1)
				return true, nil
			}
			fields[hand] = strconv.Itoa(mine + 1)
			fields["total"] = strconv.Itoa(number(fields, "total") + 1)
			_, err = c.objects.client.Update(call,
				c.objects.build(counterName, object.GetResourceVersion(), fields),
				metav1.UpdateOptions{})
			return false, err
		})
	if err != nil {
		c.promise.fail("%v", err)
	}
}

func (c *Counter) counted(hand string, to int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[hand] = to
	c.promise.add("increments", 1)
}

func (c *Counter) judge(ctx context.Context) {
	look := c.trial.objectsOf(c.objects.kind, c.objects.namespace)
	_, err := c.trial.wait(ctx, "the counter at the end",
		func(call context.Context) (bool, error) {
			object, err := look.client.Get(call, counterName, metav1.GetOptions{})
			if err != nil {
				return false, err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			fields, sum := c.objects.fields(object), 0
			for hand, count := range c.counts {
				sum += count
				if number(fields, hand) != count {
					c.promise.fail("%s counted to %d, but %s is there", hand, count, fields[hand])
				}
			}
			if total := number(fields, "total"); total != sum {
				c.promise.fail("the total is %d, but %d were counted", total, sum)
			}
			return true, nil
		})
	if err != nil {
		c.promise.fail("%v", err)
	}
}
