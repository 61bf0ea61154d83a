package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// Ledger is our own record of what was written to objects. A name is written by one hand at a
// time, so what is found after an answer that says nothing is either what was there before or what
// was just written, and each write is repeated until it is known to be done.
//
//	put of a:7 times out -> the object still holds a:6 -> put again -> Conflict
//	                     -> the object holds a:7, so the first one was done after all
type Ledger struct {
	objects Objects
	trial   *Trial
	promise *Promise

	mu      sync.Mutex
	serial  int
	present map[string]version
	writes  map[string]int64
	removed map[string]bool
	issued  map[string]bool
}

// version is what an object is known to hold.
type version struct {
	token    string
	uid      string
	revision int64
}

func (t *Trial) newLedger(objects Objects, promise *Promise) *Ledger {
	return &Ledger{
		objects: objects, trial: t, promise: promise,
		present: map[string]version{}, writes: map[string]int64{},
		removed: map[string]bool{}, issued: map[string]bool{}}
}

func (l *Ledger) now(name string) (version, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, present := l.present[name]
	return found, present
}

func (l *Ledger) issue(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.serial++
	token := fmt.Sprintf("%s:%d", name, l.serial)
	l.issued[token] = true
	return token
}

func (l *Ledger) holds(name, token string, object *unstructured.Unstructured) {
	l.mu.Lock()
	defer l.mu.Unlock()
	revision := revisionOf(object)
	l.present[name] = version{token, string(object.GetUID()), revision}
	l.writes[token] = revision
	l.trial.pulse.beat()
}

// put creates or updates the object, and comes back when that is done. It gives up, and says so,
// when the outcome stays unknown for too long.
func (l *Ledger) put(ctx context.Context, name string) bool {
	token := l.issue(name)
	fields := map[string]string{"token": token, "body": bodyOf(token)}
	before, exists := l.now(name)
	begun := time.Now()
	for ctx.Err() == nil && time.Since(begun) < stuckAfter {
		asked := time.Now()
		var object *unstructured.Unstructured
		var err error
		call, cancel := bounded(ctx)
		if exists {
			revision := fmt.Sprint(before.revision)
			wanted := l.objects.build(name, revision, fields)
			object, err = l.objects.client.Update(call, wanted, metav1.UpdateOptions{})
		} else {
			wanted := l.objects.build(name, "", fields)
			object, err = l.objects.client.Create(call, wanted, metav1.CreateOptions{})
		}
		cancel()
		if err == nil {
			l.holds(name, token, object)
			l.count(exists)
			l.promise.took("write", time.Since(begun))
			return true
		}
		if apierrors.IsTooManyRequests(err) {
			pauseFor(ctx, 100*time.Millisecond)
			continue
		}
		l.promise.add("unknown outcomes looked up", 1)
		logf("%s: %v after %.2f s", token, err, time.Since(asked).Seconds())
		object, found := l.look(ctx, name)
		if !found {
			break
		}
		switch {
		case object != nil && l.objects.fields(object)["token"] == token:
			l.holds(name, token, object)
			l.count(exists)
			l.promise.add("of them done", 1)
			return true
		case l.unchanged(object, before, exists):
			pauseFor(ctx, 100*time.Millisecond)
		default:
			l.promise.fail("%s: wrote %s over %v after %v, but found %s",
				name, token, before, err, l.told(object))
			return false
		}
	}
	l.promise.fail("%s: the outcome of %s stayed unknown", name, token)
	return false
}

func (l *Ledger) count(existed bool) {
	if existed {
		l.promise.add("updated", 1)
	} else {
		l.promise.add("created", 1)
	}
}

func (l *Ledger) unchanged(object *unstructured.Unstructured, before version, existed bool) bool {
	if object == nil || !existed {
		return object == nil && !existed
	}
	return revisionOf(object) == before.revision && string(object.GetUID()) == before.uid
}

func (l *Ledger) told(object *unstructured.Unstructured) string {
	if object == nil {
		return "nothing"
	}
	return l.objects.fields(object)["token"] + " in " + describe(object)
}

// look reads the object until there is an answer: the object, or nil when there is none.
func (l *Ledger) look(ctx context.Context, name string) (*unstructured.Unstructured, bool) {
	var object *unstructured.Unstructured
	_, err := l.trial.wait(ctx, "a look at "+name, func(c context.Context) (bool, error) {
		found, err := l.objects.client.Get(c, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			object = nil
			return true, nil
		}
		object = found
		return err == nil, err
	})
	if err != nil {
		l.promise.fail("%v", err)
	}
	return object, err == nil
}

// remove deletes the object, and comes back when it is known to be gone.
func (l *Ledger) remove(ctx context.Context, name string) bool {
	before, exists := l.now(name)
	if !exists {
		return true
	}
	uid := types.UID(before.uid)
	begun := time.Now()
	open := false
	for ctx.Err() == nil && time.Since(begun) < stuckAfter {
		call, cancel := bounded(ctx)
		err := l.objects.client.Delete(call, name, metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: &uid}})
		cancel()
		if apierrors.IsNotFound(err) && !open {
			l.promise.fail("%s: %v was written, but was not there to be deleted", name, before)
			return false
		}
		if err == nil || apierrors.IsNotFound(err) {
			l.mu.Lock()
			delete(l.present, name)
			l.removed[before.uid] = true
			l.mu.Unlock()
			l.promise.add("deleted", 1)
			l.trial.pulse.beat()
			return true
		}
		open = true
		l.promise.add("unknown outcomes looked up", 1)
		pauseFor(ctx, 100*time.Millisecond)
	}
	l.promise.fail("%s: the outcome of its deletion stayed unknown", name)
	return false
}

// compareWith compares the record with what a watch told from the beginning on.
func (l *Ledger) compareWith(canon *Canon) {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := canon.tokens()
	for token, revision := range l.writes {
		if told[token] != revision {
			l.promise.fail("%s was written at %d, but told at %d", token, revision, told[token])
		}
	}
	for token := range told {
		if !l.issued[token] {
			l.promise.fail("%s was told, but never written", token)
		}
	}
	gone := canon.gone()
	for uid := range l.removed {
		if !gone[uid] {
			l.promise.fail("the deletion of %s was never told", uid)
		}
	}
	for uid := range gone {
		if !l.removed[uid] {
			l.promise.fail("the deletion of %s was told, but never asked for", uid)
		}
	}
	l.promise.add("writes told as they were made", len(l.writes))
}

// compareFinal compares a list with the record when nobody writes any more.
func (l *Ledger) compareFinal(items []unstructured.Unstructured) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(items) != len(l.present) {
		l.promise.fail("%d objects at the end, but %d were written", len(items), len(l.present))
	}
	for i := range items {
		item := &items[i]
		known := l.present[item.GetName()]
		fields := l.objects.fields(item)
		if fields["token"] != known.token || revisionOf(item) != known.revision ||
			fields["body"] != bodyOf(known.token) {
			l.promise.fail("%s holds %s, but %v was written",
				describe(item), fields["token"], known)
		}
	}
	l.promise.add("objects compared at the end", len(items))
}
