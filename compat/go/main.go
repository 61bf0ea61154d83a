// Goes through keys, watches and leases of a running server with the Go client.
// Prints "ok <step>" for each step and exits with 1 at the first that fails.
// The one argument is host and port.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

const wait = 20 * time.Second

func step(name string, holds bool, err error) {
	if err != nil || !holds {
		fmt.Printf("failed: %s: %v\n", name, err)
		os.Exit(1)
	}
	fmt.Println("ok", name)
}

func keys(ctx context.Context, c *clientv3.Client) {
	first, err := c.Put(ctx, "go/a", "1")
	step("put", err == nil, err)
	second, err := c.Put(ctx, "go/a", "2", clientv3.WithPrevKV())
	step("previous", err == nil && string(second.PrevKv.Value) == "1", err)
	_, err = c.Put(ctx, "go/b", "3")
	step("second key", true, err)
	page, err := c.Get(ctx, "go/", clientv3.WithPrefix(), clientv3.WithLimit(1),
		clientv3.WithSort(clientv3.SortByKey, clientv3.SortDescend))
	step("prefix", err == nil && page.Count == 2 && page.More && string(page.Kvs[0].Key) == "go/b", err)
	past, err := c.Get(ctx, "go/a", clientv3.WithRev(first.Header.Revision))
	step("past", err == nil && string(past.Kvs[0].Value) == "1", err)
	_, err = c.Get(ctx, "go/a", clientv3.WithRev(first.Header.Revision+1000))
	step("future", err == rpctypes.ErrFutureRev, nil)
	_, err = c.Put(ctx, "", "x")
	step("empty key", err == rpctypes.ErrEmptyKey, nil)
	deleted, err := c.Delete(ctx, "go/", clientv3.WithPrefix(), clientv3.WithPrevKV())
	step("delete", err == nil && deleted.Deleted == 2 && len(deleted.PrevKvs) == 2, err)
	_, err = c.Compact(ctx, deleted.Header.Revision, clientv3.WithCompactPhysical())
	step("compact", true, err)
	_, err = c.Get(ctx, "go/a", clientv3.WithRev(first.Header.Revision))
	step("compacted", err == rpctypes.ErrCompacted, nil)
}

func transactions(ctx context.Context, c *clientv3.Client) {
	create := func() (*clientv3.TxnResponse, error) {
		return c.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision("go/t"), "=", 0)).
			Then(clientv3.OpPut("go/t", "1")).Else(clientv3.OpGet("go/t")).Commit()
	}
	created, err := create()
	step("txn", err == nil && created.Succeeded, err)
	again, err := create()
	step("else", err == nil && !again.Succeeded && len(again.Responses[0].GetResponseRange().Kvs) == 1, err)
}

func watches(ctx context.Context, c *clientv3.Client) {
	now, err := c.Get(ctx, "x")
	step("revision", true, err)
	from := now.Header.Revision + 1
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	channel := c.Watch(ctx, "go/w", clientv3.WithPrefix(), clientv3.WithRev(from), clientv3.WithPrevKV(),
		clientv3.WithCreatedNotify())
	created := <-channel
	step("watch created", created.Created, created.Err())
	for _, value := range []string{"1", "2"} {
		_, err = c.Put(ctx, "go/w1", value)
		step("watched put", true, err)
	}
	_, err = c.Delete(ctx, "go/w1")
	step("watched delete", true, err)
	var events []*clientv3.Event
	for len(events) < 3 {
		response := <-channel
		step("watch response", !response.Canceled, response.Err())
		events = append(events, response.Events...)
	}
	step("watch create", events[0].IsCreate() && events[0].Kv.ModRevision == from, nil)
	step("watch modify", events[1].IsModify() && string(events[1].PrevKv.Value) == "1", nil)
	step("watch delete", events[2].Type == clientv3.EventTypeDelete, nil)
	step("progress asked", true, c.RequestProgress(ctx))
	progress := <-channel
	step("progress", progress.IsProgressNotify() && progress.Header.Revision == from+2, progress.Err())
	old := <-c.Watch(ctx, "go/a", clientv3.WithRev(1))
	step("watch compacted", old.CompactRevision > 1 && old.Err() == rpctypes.ErrCompacted, nil)
}

func leases(ctx context.Context, c *clientv3.Client) {
	lease, err := c.Grant(ctx, 100)
	step("lease grant", err == nil && lease.TTL == 100, err)
	_, err = c.Put(ctx, "go/l", "1", clientv3.WithLease(lease.ID))
	step("lease put", true, err)
	left, err := c.TimeToLive(ctx, lease.ID, clientv3.WithAttachedKeys())
	step("lease keys", err == nil && len(left.Keys) == 1 && left.GrantedTTL == 100, err)
	once, err := c.KeepAliveOnce(ctx, lease.ID)
	step("lease once", err == nil && once.TTL == 100, err)
	alive, err := c.KeepAlive(ctx, lease.ID)
	step("lease alive", err == nil && (<-alive).ID == lease.ID, err)
	list, err := c.Leases(ctx)
	step("lease list", err == nil && len(list.Leases) >= 1, err)
	_, err = c.Revoke(ctx, lease.ID)
	step("lease revoke", true, err)
	gone, err := c.Get(ctx, "go/l")
	step("lease gone", err == nil && gone.Count == 0, err)
}

func recipes(ctx context.Context, c *clientv3.Client) {
	session, err := concurrency.NewSession(c, concurrency.WithTTL(5))
	step("session", true, err)
	mutex := concurrency.NewMutex(session, "go/lock")
	step("lock", true, mutex.Lock(ctx))
	step("unlock", true, mutex.Unlock(ctx))
	election := concurrency.NewElection(session, "go/election")
	step("campaign", true, election.Campaign(ctx, "me"))
	leader, err := election.Leader(ctx)
	step("leader", err == nil && string(leader.Kvs[0].Value) == "me", err)
	step("session closed", true, session.Close())
}

func main() {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{os.Args[1]}, DialTimeout: wait})
	step("dial", true, err)
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	keys(ctx, client)
	transactions(ctx, client)
	watches(ctx, client)
	leases(ctx, client)
	recipes(ctx, client)
	status, err := client.Status(ctx, os.Args[1])
	step("status", err == nil && status.DbSize > 0, err)
	members, err := client.MemberList(ctx)
	step("members", err == nil && len(members.Members) == 1, err)
	step("close", true, client.Close())
}
