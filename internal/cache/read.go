package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/paginate"
)

// name is the key of a list with its range.
func (l List) name() string {
	name := "list\x00" + l.Key
	if r := l.Query.Range; r != nil {
		start, end := r.Covered()
		name += fmt.Sprintf("\x00%s\x00%s\x00%d\x00%d", r.From, r.To, start.Unix(), end.Unix())
	}
	return name
}

// Lookup returns the records of a list that are all kept.
func (c *Cache) Lookup(l List) (*Rows, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it := c.find(l.name(), time.Time{}); it != nil {
		return c.rows(it), true
	}
	return nil, false
}

// Read returns the records of a list, and fetches what is missing. With an error the
// rows are those that are there, for callers who accept a part; they are never nil.
// Every error is an *apierror.Error, or that of Spend.
func (c *Cache) Read(ctx context.Context, l List, o Read) (*Rows, error) {
	name := l.name()
	return c.share(ctx, name, o.Since, func(ctx context.Context) (it, part *item, err error) {
		var refused error
		calls := 0
		page := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
			if o.Spend != nil {
				if err := o.Spend(1); err != nil {
					refused = err
					return nil, err
				}
			}
			calls++
			return l.Page(ctx, set)
		}
		told := func(p paginate.Progress) {
			if o.Progress != nil {
				o.Progress(Progress{Calls: calls, Records: p.Records})
			}
		}
		q := l.Query
		q.MaxRecords, q.MaxBytes, q.Cursor = paginate.MostRecords, 1<<40, ""
		began := c.now()
		res, err := paginate.All(ctx, q, page, paginate.Options{Now: c.now, Progress: told})
		if refused != nil {
			err = refused
		}
		if res == nil {
			return nil, nil, err
		}
		it, full := c.fill(name, began, res.Records)
		switch {
		case full != nil:
			return nil, nil, full
		case err != nil:
			return nil, it, err
		case res.Complete:
			return it, nil, nil
		case res.Err != nil:
			return nil, it, res.Err
		}
		return nil, it, incomplete(l, res)
	})
}

// incomplete is the error of a list of which Zoom does not give all.
func incomplete(l List, res *paginate.Result) error {
	e := apierror.New(apierror.ZoomError, "the list is not complete: %s", res.Reason)
	e.Method = l.Query.Method.Name
	return e
}
