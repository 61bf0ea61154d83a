package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
)

// watchSeconds ends watches now and then, so that they are resumed from where they were.
const watchSeconds = 40

// Event is what a watch told of one object.
type Event struct {
	at       time.Time
	kind     watch.EventType
	revision int64
	name     string
	uid      string
	token    string
}

func (e Event) same(other Event) bool {
	e.at, other.at = time.Time{}, time.Time{}
	return e == other
}

func (e Event) String() string {
	return fmt.Sprintf("%s %s %s at %d", e.kind, e.name, e.token, e.revision)
}

func (o Objects) event(told watch.Event) (Event, bool) {
	object, ok := told.Object.(*unstructured.Unstructured)
	if !ok {
		return Event{}, false
	}
	return Event{
		at: time.Now(), kind: told.Type, revision: revisionOf(object), name: object.GetName(),
		uid: string(object.GetUID()), token: o.fields(object)["token"]}, true
}

// follow tells each event from a revision on, and goes on from the last one when a watch ends,
// until the context is done. An error is one after which there would be a gap.
func (o Objects) follow(
	ctx context.Context, from int64, tell func(watch.Event), resumed func(),
) error {
	seconds := int64(watchSeconds)
	for ctx.Err() == nil {
		watching, err := o.client.Watch(ctx, metav1.ListOptions{
			ResourceVersion: fmt.Sprint(from), AllowWatchBookmarks: true,
			TimeoutSeconds: &seconds})
		if err != nil {
			if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
				return err
			}
			pauseFor(ctx, 100*time.Millisecond)
			continue
		}
		for told := range watching.ResultChan() {
			if told.Type == watch.Error {
				err = apierrors.FromObject(told.Object)
				break
			}
			if object, ok := told.Object.(metav1.Object); ok {
				from = revisionOf(object)
			}
			tell(told)
		}
		watching.Stop()
		if err != nil && (apierrors.IsResourceExpired(err) || apierrors.IsGone(err)) {
			return err
		}
		if ctx.Err() == nil {
			resumed()
		}
	}
	return nil
}

// Canon is what one long watch told of objects from the first of them on: the order of events that
// every other watch has to repeat, and the states that lists have to show.
type Canon struct {
	objects Objects
	promise *Promise

	mu      sync.Mutex
	changed chan struct{}
	events  []Event
	began   int64
	reached int64
	byToken map[string]int64
	deleted map[string]bool
	present map[string]Event
}

func (o Objects) newCanon(promise *Promise) *Canon {
	return &Canon{
		objects: o, promise: promise, changed: make(chan struct{}),
		byToken: map[string]int64{}, deleted: map[string]bool{}, present: map[string]Event{}}
}

// begin finds where to begin, and follows from there until the context is done.
func (c *Canon) begin(ctx context.Context) error {
	call, cancel := bounded(ctx)
	list, err := c.objects.client.List(call, metav1.ListOptions{})
	cancel()
	if err != nil {
		return err
	}
	if len(c.objects.own(list.Items)) > 0 {
		return fmt.Errorf("there are already %s in %s", c.objects.kind.resource.Resource,
			c.objects.namespace)
	}
	from := revisionOf(list)
	c.began, c.reached = from, from
	go func() {
		resumed := func() { c.promise.add("resumed", 1) }
		if err := c.objects.follow(ctx, from, c.tell, resumed); err != nil {
			c.promise.fail("the long watch of %s has a gap: %v",
				c.objects.kind.resource.Resource, err)
		}
	}()
	return nil
}

func (c *Canon) tell(told watch.Event) {
	event, ok := c.objects.event(told)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() { close(c.changed); c.changed = make(chan struct{}) }()
	if !ok {
		c.promise.fail("an event without an object: %v", told)
		return
	}
	if event.kind == watch.Bookmark {
		if event.revision < c.reached {
			c.promise.fail("a bookmark went back from %d to %d", c.reached, event.revision)
		}
		c.reached = max(c.reached, event.revision)
		c.promise.add("bookmarks", 1)
		return
	}
	if event.revision <= c.reached {
		c.promise.fail("%v was told after %d was reached", event, c.reached)
	}
	c.reached = event.revision
	if event.name == foreign {
		return
	}
	c.check(told, event)
	c.events = append(c.events, event)
	c.promise.add("events", 1)
}

// check holds an event against what was told of the object before.
func (c *Canon) check(told watch.Event, event Event) {
	before, existed := c.present[event.name]
	fits := false
	switch event.kind {
	case watch.Added:
		fits = !existed
	case watch.Modified:
		fits = existed && before.uid == event.uid
	case watch.Deleted:
		fits = existed && before.uid == event.uid && before.token == event.token
	}
	if !fits {
		c.promise.fail("%v does not follow %v", event, before)
	}
	if event.kind == watch.Deleted {
		delete(c.present, event.name)
		c.deleted[event.uid] = true
		return
	}
	if earlier, twice := c.byToken[event.token]; twice {
		c.promise.fail("%v was told at %d already", event, earlier)
	}
	body := c.objects.fields(told.Object.(*unstructured.Unstructured))["body"]
	if body != bodyOf(event.token) {
		c.promise.fail("%v has the body of another write", event)
	}
	c.present[event.name] = event
	c.byToken[event.token] = event.revision
}

// await waits until the watch has told everything up to a revision.
func (c *Canon) await(ctx context.Context, revision int64) error {
	timeout := time.NewTimer(stuckAfter)
	defer timeout.Stop()
	for {
		c.mu.Lock()
		reached, changed := c.reached, c.changed
		c.mu.Unlock()
		if reached >= revision {
			return nil
		}
		select {
		case <-changed:
		case <-timeout.C:
			return fmt.Errorf("the long watch of %s is stuck at %d before %d",
				c.objects.kind.resource.Resource, reached, revision)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// state is what there was at a revision, by name.
func (c *Canon) state(revision int64) map[string]Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := map[string]Event{}
	for _, each := range c.events {
		if each.revision > revision {
			break
		}
		if each.kind == watch.Deleted {
			delete(state, each.name)
		} else {
			state[each.name] = each
		}
	}
	return state
}

// since gives the events after the first that is younger than an age, and where to begin for them.
func (c *Canon) since(age time.Duration) (from Event, until int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, each := range c.events {
		if time.Since(each.at) < age {
			return each, c.events[len(c.events)-1].revision, true
		}
	}
	return Event{}, 0, false
}

// between gives the events after one revision and up to another.
func (c *Canon) between(after, until int64) []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []Event
	for _, each := range c.events {
		if each.revision > after && each.revision <= until {
			found = append(found, each)
		}
	}
	return found
}

func (c *Canon) tokens() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return copied(c.byToken)
}

func (c *Canon) gone() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return copied(c.deleted)
}

func copied[V any](from map[string]V) map[string]V {
	to := make(map[string]V, len(from))
	for key, value := range from {
		to[key] = value
	}
	return to
}
