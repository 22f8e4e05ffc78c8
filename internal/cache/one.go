package cache

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"zoom-phone-mcp/internal/apierror"
)

// lasting are the failures that asking again soon does not change.
var lasting = []apierror.Kind{
	apierror.UnknownMethod, apierror.InvalidParams, apierror.MissingScope, apierror.Forbidden, apierror.NotFound, apierror.NotReady,
}

// LookupOne returns a single answer that is kept, or the lasting failure that was its
// answer.
func (c *Cache) LookupOne(key string) (*Rows, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it := c.find("one\x00"+key, time.Time{}); it != nil {
		return c.rows(it), it.failure, true
	}
	return nil, nil, false
}

// ReadOne returns a single answer, the records of one call. Failures that last are
// kept like answers. The rows are never nil.
func (c *Cache) ReadOne(ctx context.Context, key string, o Read, fetch func(context.Context) ([]json.RawMessage, error)) (*Rows, error) {
	key = "one\x00" + key
	return c.share(ctx, key, o.Since, func(ctx context.Context) (it, part *item, err error) {
		if o.Spend != nil {
			if err := o.Spend(1); err != nil {
				return nil, nil, err
			}
		}
		began := c.now()
		records, err := fetch(ctx)
		if o.Progress != nil {
			o.Progress(Progress{Calls: 1, Of: 1, Records: len(records)})
		}
		if err != nil {
			if e := apierror.From(err); slices.Contains(lasting, e.Kind) {
				return &item{key: key, fetched: began, failure: err}, nil, nil
			}
			return nil, nil, err
		}
		it, err = c.fill(key, began, records)
		return it, nil, err
	})
}
