package tables

import (
	"fmt"
	"maps"
	"strings"
)

// numbersOf returns the numbers of a call's rows. They hold what the statement gives as
// arguments, but not how the range was cut or which records were spared.
func (q *question) numbersOf(c Call) ([]int64, error) {
	key := c.Key()
	if found, ok := q.numbered[key]; ok {
		return found, nil
	}
	c.Period, c.From, c.To, c.Filters = "", "", "", nil
	found, err := numbers(q.seed, c.Key(), q.held[key], q.ctx.Err)
	if err == nil {
		q.numbered[key] = found
	}
	return found, err
}

// hold keeps rows for the runs to come. Other rows than those of a run before forget
// what was made of these.
func (q *question) hold(c Call, r Rows) {
	key := c.Key()
	id := fmt.Sprintf("%p", r)
	if was, ok := q.which[key]; ok && was != id {
		maps.DeleteFunc(q.loaded, func(k string, _ *loaded) bool { return strings.HasPrefix(k, key) })
		maps.DeleteFunc(q.numbered, func(k string, _ []int64) bool { return strings.HasPrefix(k, key) })
		maps.DeleteFunc(q.streamed, func(k string, _ *streamed) bool { return strings.HasPrefix(k, key) })
	}
	q.held[key], q.which[key] = r, id
}

// load returns the values of some columns of a call's rows, nil where they are too
// large to be kept.
func (q *question) load(t *Table, c Call, used []int, rows Rows) (*loaded, error) {
	key := fmt.Sprint(c.Key(), used)
	if d, ok := q.loaded[key]; ok {
		return d, nil
	}
	d, ok, err := load(newLayout(t, used), rows, room-q.bytes, q.keep, q.ctx.Err)
	if err != nil {
		return nil, err
	}
	if ok {
		q.bytes += len(d.data) + 8*len(d.starts)
	}
	q.loaded[key] = d
	return d, nil
}

// streamed finds rows that are not kept, by the value of a column.
type streamed struct {
	rows   map[string][]int32
	starts []int // the number of each chunk's first row
}

// indexOf returns where the values of a column are among rows that are not kept.
func (q *question) indexOf(t *Table, c Call, column int, rows Rows) (*streamed, error) {
	key := fmt.Sprint(c.Key(), column)
	if found := q.streamed[key]; found != nil {
		return found, nil
	}
	l := newLayout(t, []int{column})
	cells := make([][]byte, 1)
	index := &streamed{rows: map[string][]int32{}}
	n := 0
	for i := range rows.Chunks() {
		if err := q.ctx.Err(); err != nil {
			return nil, err
		}
		records, err := rows.Chunk(i)
		if err != nil {
			return nil, err
		}
		index.starts = append(index.starts, n)
		for _, r := range records {
			if l.fill(r, cells); len(cells[0]) > 0 && cells[0][0] != 'n' {
				value := alike(plain(cells[0]))
				index.rows[value] = append(index.rows[value], int32(n))
			}
			n++
		}
	}
	q.streamed[key] = index
	return index, nil
}
