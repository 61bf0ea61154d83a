package main

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const pageObjects = 400

// listing is a list that was read, in one piece or by pages.
type listing struct {
	items    []unstructured.Unstructured
	revision int64
	pages    int
}

// readPages lists by pages while others write: what comes later has to be as old as the first page.
// Between two pages it waits for an event, so that there is a difference to be seen.
func (t *Trial) readPages(ctx context.Context, canon *Canon, promise *Promise) (listing, error) {
	var read listing
	next := ""
	for {
		call, cancel := bounded(ctx)
		page, err := canon.objects.client.List(call, metav1.ListOptions{
			Limit: pageObjects, Continue: next})
		cancel()
		if err != nil {
			return read, err
		}
		if read.pages > 0 && revisionOf(page) != read.revision {
			promise.fail("page %d is of %d, the first one of %d",
				read.pages, revisionOf(page), read.revision)
		}
		read.revision = revisionOf(page)
		read.items = append(read.items, canon.objects.own(page.Items)...)
		read.pages++
		if next = page.GetContinue(); next == "" {
			return read, nil
		}
		if t.running() {
			if err := canon.await(ctx, read.revision+1); err != nil {
				return read, err
			}
		}
	}
}

// compareList compares a list object by object with what the long watch told up to its revision.
func (c *Canon) compareList(read listing, what string, promise *Promise) {
	expected := c.state(read.revision)
	before := ""
	for i := range read.items {
		item := &read.items[i]
		known, exists := expected[item.GetName()]
		fields := c.objects.fields(item)
		switch {
		case item.GetName() <= before:
			promise.fail("%s: %s comes after %s", what, item.GetName(), before)
		case !exists:
			promise.fail("%s at %d: %s is not to be there", what, read.revision, describe(item))
		case fields["token"] != known.token || revisionOf(item) != known.revision ||
			string(item.GetUID()) != known.uid || fields["body"] != bodyOf(known.token):
			promise.fail("%s at %d: %s holds %s, but should be %v",
				what, read.revision, describe(item), fields["token"], known)
		}
		before = item.GetName()
	}
	if len(read.items) != len(expected) {
		promise.fail("%s at %d: %d objects instead of %d",
			what, read.revision, len(read.items), len(expected))
	}
	promise.add("objects compared", len(read.items))
}

// page lists again and again, in each of the ways in which a list can be asked for; a write of its
// own afterwards makes sure that the long watch tells everything up to the list's revision.
func (t *Trial) page(ctx context.Context, ledger *Ledger, canon *Canon, promise *Promise) {
	const between = time.Second
	own := "pager"
	for t.running() && ctx.Err() == nil {
		begun := time.Now()
		whole := true
		ways := map[string]func() (listing, error){
			"by pages": func() (listing, error) { return t.readPages(ctx, canon, promise) },
			"in one": func() (listing, error) {
				return t.list(ctx, canon.objects, metav1.ListOptions{})
			},
			"of the past": func() (listing, error) {
				from, _, ok := canon.since(t.compact / 3)
				if !ok {
					return listing{}, fmt.Errorf("there is no past yet")
				}
				return t.list(ctx, canon.objects, metav1.ListOptions{
					ResourceVersion:      fmt.Sprint(from.revision),
					ResourceVersionMatch: metav1.ResourceVersionMatchExact})
			},
		}
		for what, way := range ways {
			asked := time.Now()
			read, err := way()
			if err != nil {
				whole = false
				t.unread(what, time.Since(asked), err, promise)
				continue
			}
			if !ledger.put(ctx, own) {
				return
			}
			mine, _ := ledger.now(own)
			if err := canon.await(ctx, mine.revision); err != nil {
				promise.fail("%v", err)
				return
			}
			canon.compareList(read, what, promise)
			promise.add("lists "+what, 1)
			promise.add("pages", read.pages)
			promise.took("list "+what, time.Since(asked))
		}
		if whole {
			promise.round(begun)
		}
		pauseFor(ctx, between)
	}
}

// unread counts a list that failed; that it is expired may only be said of what is old.
func (t *Trial) unread(what string, took time.Duration, err error, promise *Promise) {
	if apierrors.IsResourceExpired(err) && took < t.compact/3 {
		promise.fail("%s: expired after %.1f s: %v", what, took.Seconds(), err)
	} else {
		promise.add("lists begun again", 1)
	}
}

func (t *Trial) list(
	ctx context.Context, objects Objects, options metav1.ListOptions,
) (listing, error) {
	call, cancel := bounded(ctx)
	defer cancel()
	list, err := objects.client.List(call, options)
	if err != nil {
		return listing{}, err
	}
	revision := revisionOf(list)
	if options.ResourceVersionMatch == metav1.ResourceVersionMatchExact &&
		fmt.Sprint(revision) != options.ResourceVersion {
		return listing{}, fmt.Errorf("asked for %s, got %d", options.ResourceVersion, revision)
	}
	return listing{objects.own(list.Items), revision, 1}, nil
}
