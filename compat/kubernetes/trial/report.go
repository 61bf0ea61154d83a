package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

const failuresShownMax = 8

// Promise is one thing that must hold, with what was counted on the way to its verdict. It is kept
// as long as nothing failed, and every count that was asked for by needs is above zero: what was
// never tried is not said to hold.
type Promise struct {
	name   string
	faults *Faults

	mu       sync.Mutex
	order    []string
	counts   map[string]int64
	longest  map[string]time.Duration
	needed   []string
	rounds   int
	begun    time.Time
	failed   int
	failures []string
}

// add counts n more of what.
func (p *Promise) add(what string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(what)
	p.counts[what] += int64(n)
}

// took keeps the longest duration of what.
func (p *Promise) took(what string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what = "longest " + what
	p.note(what)
	p.longest[what] = max(p.longest[what], d)
}

func (p *Promise) note(what string) {
	_, counted := p.counts[what]
	_, timed := p.longest[what]
	if !counted && !timed {
		p.order = append(p.order, what)
		if !strings.HasPrefix(what, "longest ") {
			p.counts[what] = 0
		}
	}
}

// needs names counts that must be above zero at the end.
func (p *Promise) needs(what ...string) *Promise {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, each := range what {
		p.note(each)
		p.needed = append(p.needed, each)
	}
	return p
}

// round tells that a round which began then has come to its end. Once there was a round, one must
// also have begun and ended after the last fault, or the promise counts as stuck.
func (p *Promise) round(begun time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rounds++
	if begun.After(p.begun) {
		p.begun = begun
	}
}

// fail tells what did not hold.
func (p *Promise) fail(format string, arguments ...any) {
	text := fmt.Sprintf(format, arguments...)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed++
	if len(p.failures) < failuresShownMax {
		p.failures = append(p.failures, text)
	}
	logf("%s: %s", p.name, text)
}

// print writes the line of the promise, and whether it held.
func (p *Promise) print(out io.Writer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, each := range p.needed {
		if p.counts[each] == 0 {
			p.failed++
			p.failures = append(p.failures, "there were no "+each)
		}
	}
	if p.rounds > 0 && p.begun.Before(p.faults.last()) {
		p.failed++
		p.failures = append(p.failures, "no round was begun and ended after the last kill")
	}
	var parts []string
	for _, each := range p.order {
		if d, timed := p.longest[each]; timed {
			parts = append(parts, fmt.Sprintf("%s %.2f s", each, d.Seconds()))
		} else {
			parts = append(parts, fmt.Sprintf("%d %s", p.counts[each], each))
		}
	}
	verdict := "held  "
	if p.failed > 0 {
		verdict = "BROKEN"
	}
	fmt.Fprintf(out, "%s %-12s %s\n", verdict, p.name, strings.Join(parts, ", "))
	for _, each := range p.failures {
		fmt.Fprintf(out, "         ! %s\n", each)
	}
	if hidden := p.failed - len(p.failures); hidden > 0 {
		fmt.Fprintf(out, "         ! and %d more\n", hidden)
	}
	return p.failed == 0
}

// Faults are the moments at which a member was killed, as the caller tells by a signal.
type Faults struct {
	mu    sync.Mutex
	times []time.Time
}

func (f *Faults) add(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times = append(f.times, at)
}

// last is the moment of the last fault, or the zero time.
func (f *Faults) last() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.times) == 0 {
		return time.Time{}
	}
	return f.times[len(f.times)-1]
}

// lastBefore is the moment of the last fault up to then, or the zero time.
func (f *Faults) lastBefore(then time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := time.Time{}
	for _, each := range f.times {
		if !each.After(then) {
			found = each
		}
	}
	return found
}

func (f *Faults) all() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Time(nil), f.times...)
}

// Pulse knows when writes were acknowledged, and so how long there was silence. A pause counts
// from the last acknowledgement before it; what writers do between two writes is far shorter. What
// comes after the time of the trial is not counted, for then they fall silent by themselves.
type Pulse struct {
	until time.Time

	mu     sync.Mutex
	last   time.Time
	pauses []pause
	writes int
}

type pause struct {
	from, to time.Time
}

// pauseLeast is the shortest pause that is kept; there are a few of them at most.
const pauseLeast = 250 * time.Millisecond

func (p *Pulse) beat() {
	now := time.Now()
	if now.After(p.until) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.last.IsZero() && now.Sub(p.last) >= pauseLeast {
		p.pauses = append(p.pauses, pause{p.last, now})
	}
	p.last = now
	p.writes++
}

// around is the longest pause that ended within a time after the moment.
func (p *Pulse) around(moment time.Time, within time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest time.Duration
	for _, each := range p.pauses {
		if each.to.After(moment) && each.from.Before(moment.Add(within)) {
			longest = max(longest, each.to.Sub(each.from))
		}
	}
	return longest
}

// longestElsewhere is the longest pause that no fault lies in or shortly before.
func (p *Pulse) longestElsewhere(faults []time.Time, within time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest time.Duration
	for _, each := range p.pauses {
		near := false
		for _, fault := range faults {
			near = near || each.to.After(fault) && each.from.Before(fault.Add(within))
		}
		if !near {
			longest = max(longest, each.to.Sub(each.from))
		}
	}
	return longest
}
