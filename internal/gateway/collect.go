package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/budget"
	"zoom-phone-mcp/internal/cache"
	"zoom-phone-mcp/internal/paginate"
)

// fewPages is how many pages of a collection are read one after the other. What has
// more, and is wanted to its end, is read through the cache: side by side, without the
// days that were read before, and with nothing lost when its time is over.
const fewPages = 10

// errMany ends a collection after its first page, to be read through the cache.
var errMany = errors.New("the list has many pages")

// errMore ends a reading through the cache that would bring more than is wanted.
var errMore = errors.New("the list has more records than are wanted")

// collect reads the pages of a list.
func (g *Gateway) collect(ctx context.Context, p *plan, page paginate.Page) (*paginate.Result, error) {
	q, o := p.query(), paginate.Options{Now: g.now, Progress: p.pages()}
	counted := func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		body, err := page(ctx, set)
		if err == nil {
			err = budget.Take(ctx, int64(len(body)))
		}
		return body, err
	}
	if !cache.Cuts(q) || q.Cursor != "" || int64(q.MaxRecords) <= fewPages*q.Method.MaxSize {
		return paginate.All(ctx, q, counted, o)
	}
	// The first page says whether there are many.
	many := false
	res, err := paginate.All(ctx, q, func(ctx context.Context, set map[string]any) (json.RawMessage, error) {
		if many {
			return nil, errMany
		}
		body, err := counted(ctx, set)
		if err == nil {
			many = hasMany(body, q)
		}
		return body, err
	}, o)
	if err != nil || res.Err == nil || !errors.Is(res.Err, errMany) {
		return res, err
	}
	switch err := g.collectMany(ctx, p, q, page, res); {
	case errors.Is(err, errMore):
		return paginate.All(ctx, q, counted, o)
	case err != nil:
		return nil, err
	}
	return res, nil
}

// hasMany reports whether a list has many pages by its first one, and all that are
// wanted fit into memory.
func hasMany(body json.RawMessage, q paginate.Query) bool {
	look, err := paginate.LookAt(body, q)
	if err != nil || look.Total < 0 {
		return false
	}
	windows := len(q.Range.Windows())
	size, records := len(look.Records)+look.Outside, look.Total*windows
	return size > 0 && records > fewPages*size && records <= q.MaxRecords && int64(len(body))/int64(size)*int64(records) < paginate.DefaultBytes
}

// recordCost is what a record takes beside its bytes.
const recordCost = 48

// collectMany makes of a result that has the first page one that has all.
func (g *Gateway) collectMany(ctx context.Context, p *plan, q paginate.Query, page paginate.Page, res *paginate.Result) error {
	began, size := g.now(), len(res.Records)
	first, pages := res.Pages, 0
	asked := 0
	tell := p.pages()
	key := listKey(p.method, p.args)
	if !p.cleans() {
		key = "as it came\x00" + key // that of questions is cleaned
	}
	rows, err := g.cache.Read(ctx, cache.List{Key: key, Query: q, Page: page}, cache.Read{
		Since: began,
		Spend: func(calls int) error {
			if asked += calls; asked*size > q.MaxRecords+2*fewPages*size {
				return errMore
			}
			return nil
		},
		Progress: func(c cache.Progress) {
			pages = c.Calls
			if tell != nil {
				tell(paginate.Progress{Pages: first + c.Calls, Records: max(c.Records, size), Window: 1, Windows: max(len(res.Windows), 1)})
			}
		},
	})
	if err != nil {
		rows.Close()
		return err
	}
	defer rows.Close()
	if rows.Len() > q.MaxRecords {
		return errMore
	}
	res.Records = make([]json.RawMessage, 0, rows.Len())
	for i := range rows.Chunks() {
		records, err := rows.Chunk(i)
		if err != nil {
			return apierror.From(err)
		}
		size := int64(0)
		for _, record := range records {
			size += int64(len(record)) + recordCost
		}
		if err := budget.Take(ctx, size); err != nil {
			return err
		}
		for _, record := range records {
			res.Records = append(res.Records, bytes.Clone(record))
		}
	}
	res.Complete, res.Stop, res.Reason, res.Err, res.Cursor = true, "", "", nil, ""
	res.Pages, res.Total = first+pages, rows.Len()
	res.Windows = res.Windows[:0]
	for _, w := range q.Range.Windows() {
		n := 0
		for _, record := range res.Records {
			if !q.Method.Outside(record, w.Start, w.End) {
				n++
			}
		}
		res.Windows = append(res.Windows, paginate.Window{From: w.From, To: w.To, Records: n, Complete: true})
	}
	if !q.OldestFirst {
		slices.Reverse(res.Windows)
	}
	return nil
}
