package main

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// replay opens watches from old revisions, one after the other, while the trial runs; each has to
// tell what the long one told since. What is younger than the interval of compaction was not
// compacted yet, so nobody may be told that it is.
func (t *Trial) replay(ctx context.Context, canon *Canon, promise *Promise) {
	const between = 500 * time.Millisecond
	ages := []time.Duration{0, time.Second, 5 * time.Second, t.compact / 2, t.compact * 3 / 4}
	for i := 0; t.running() && ctx.Err() == nil; i++ {
		begun := time.Now()
		if from, until, ok := canon.since(ages[i%len(ages)] + between); ok {
			if t.replayOne(ctx, canon, promise, from, until) {
				promise.round(begun)
			}
		}
		pauseFor(ctx, between)
	}
}

func (t *Trial) replayOne(
	ctx context.Context, canon *Canon, promise *Promise, from Event, until int64,
) bool {
	begun := time.Now()
	var told []Event
	for time.Since(begun) < stuckAfter && ctx.Err() == nil {
		seen, err := t.readUntil(ctx, canon.objects, from.revision, until)
		if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
			if time.Since(from.at) < t.compact-time.Second {
				promise.fail("revision %d is %.1f s old, and was refused: %v",
					from.revision, time.Since(from.at).Seconds(), err)
				return false
			}
			promise.add("too old by the time they began", 1)
			return true
		}
		if err != nil {
			promise.add("begun again", 1)
			pauseFor(ctx, 100*time.Millisecond)
			continue
		}
		told = seen
		break
	}
	expected := canon.between(from.revision, until)
	for i := range max(len(expected), len(told)) {
		if i >= len(told) || i >= len(expected) || !told[i].same(expected[i]) {
			promise.fail("from %d to %d: event %d of %d is %v, but of the long watch %v of %d",
				from.revision, until, i, len(told), at(told, i), at(expected, i), len(expected))
			return false
		}
	}
	promise.add("replays", 1)
	promise.add("events repeated alike", len(told))
	promise.took("replay", time.Since(begun))
	return true
}

func at(events []Event, i int) any {
	if i < len(events) {
		return events[i]
	}
	return "none"
}

// readUntil gives the events after a revision, up to another one that has an event.
func (t *Trial) readUntil(
	ctx context.Context, objects Objects, from, until int64,
) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, stuckAfter/2)
	defer cancel()
	watching, err := objects.client.Watch(ctx, metav1.ListOptions{
		ResourceVersion: fmt.Sprint(from), AllowWatchBookmarks: true})
	if err != nil {
		return nil, err
	}
	defer watching.Stop()
	var told []Event
	reached := from
	for reached < until {
		next, open := <-watching.ResultChan()
		if !open {
			return nil, fmt.Errorf("the watch from %d ended at %d", from, reached)
		}
		if next.Type == watch.Error {
			return nil, apierrors.FromObject(next.Object)
		}
		event, ok := objects.event(next)
		if !ok {
			return nil, fmt.Errorf("an event without an object: %v", next)
		}
		reached = event.revision
		if event.kind != watch.Bookmark && event.name != foreign && event.revision <= until {
			told = append(told, event)
		}
	}
	return told, nil
}

// tooOld asks once for a watch and a list at a revision that is long compacted: both have to be
// refused as expired, or else history would be told with holes in it.
func (t *Trial) tooOld(ctx context.Context, canon *Canon, promise *Promise) {
	revision := canon.began
	var told error
	_, err := t.wait(ctx, "an answer about a compacted revision",
		func(c context.Context) (bool, error) {
			_, told = canon.objects.client.List(c, metav1.ListOptions{
				ResourceVersion:      fmt.Sprint(revision),
				ResourceVersionMatch: metav1.ResourceVersionMatchExact, Limit: 10})
			if told != nil && !apierrors.IsResourceExpired(told) {
				return false, told
			}
			return true, nil
		})
	if err != nil {
		promise.fail("%v", err)
	} else if told == nil {
		promise.fail("revision %d is compacted, but was listed", revision)
	} else {
		promise.add("compacted revisions refused", 1)
	}
	_, err = t.readUntil(ctx, canon.objects, revision, revision+1)
	if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		promise.fail("a watch from the compacted revision %d was answered by %v", revision, err)
	} else {
		promise.add("compacted revisions refused", 1)
	}
}
