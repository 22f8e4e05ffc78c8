package tables

import (
	"encoding/binary"
	"encoding/json"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"zoom-phone-mcp/internal/rawjson"
)

// layout finds the values of some columns in a record.
type layout struct {
	slots []int // of the table's columns, -1 for one that is not read
	count int
	top   node
	whole int // the slot of the record itself, -1 for none
}

type node struct {
	slot     int // -1 for none
	children map[string]*node
}

// newLayout makes the layout of the columns in used, which are those of the table
// and, behind them, the record itself.
func newLayout(t *Table, used []int) *layout {
	l := &layout{slots: make([]int, len(t.Columns)+1), top: node{slot: -1}, whole: -1}
	for i := range l.slots {
		l.slots[i] = -1
	}
	for _, i := range used {
		slot := l.count
		l.slots[i] = slot
		l.count++
		if i == len(t.Columns) {
			l.whole = slot
			continue
		}
		n := &l.top
		for _, name := range t.Columns[i].Path {
			if n.children == nil {
				n.children = map[string]*node{}
			}
			next := n.children[name]
			if next == nil {
				next = &node{slot: -1}
				n.children[name] = next
			}
			n = next
		}
		n.slot = slot
	}
	return l
}

// fill puts the values of a record into cells; nil for one that it does not have.
func (l *layout) fill(record []byte, cells [][]byte) {
	clear(cells)
	i := rawjson.SkipSpace(record, 0)
	if l.whole >= 0 {
		cells[l.whole] = record
	}
	if i < len(record) && record[i] == '{' {
		l.top.fill(record, i, cells)
	} else if n := l.top.children["value"]; n != nil && n.slot >= 0 {
		cells[n.slot] = record[i:] // a record that is no object
	}
}

func (n *node) fill(d []byte, at int, cells [][]byte) {
	rawjson.EachMember(d, at, func(k, v rawjson.Span) bool {
		key := d[k.Start+1 : k.End-1]
		c := n.children[string(key)]
		if c == nil {
			if !escaped(key) {
				return true
			}
			if c = n.children[rawjson.Unquote(d[k.Start:k.End])]; c == nil {
				return true
			}
		}
		if c.slot >= 0 {
			cells[c.slot] = d[v.Start:v.End]
		}
		if c.children != nil && d[v.Start] == '{' {
			c.fill(d, v.Start, cells)
		}
		return true
	})
}

func escaped(key []byte) bool {
	for _, c := range key {
		if c == '\\' {
			return true
		}
	}
	return false
}

// loaded are the values of some columns of all rows, packed, so that a table can be
// read again and again.
type loaded struct {
	layout  *layout
	data    []byte // of each row, for each slot, the length of its value and the value
	starts  []int
	indexes map[int]map[string][]int32 // by slot and value
}

// load packs rows, as long as they take no more than room bytes and may be kept. It is
// not ok where they take more.
func load(l *layout, rows Rows, room int, keep func(int) error, stop func() error) (d *loaded, ok bool, err error) {
	d = &loaded{layout: l, starts: make([]int, 0, rows.Len())}
	cells := make([][]byte, l.count)
	kept := 0
	for i := range rows.Chunks() {
		if err := stop(); err != nil {
			return nil, false, err
		}
		records, err := rows.Chunk(i)
		if err != nil {
			return nil, false, err
		}
		for _, r := range records {
			l.fill(r, cells)
			d.starts = append(d.starts, len(d.data))
			for _, v := range cells {
				d.data = binary.AppendUvarint(d.data, uint64(len(v)))
				d.data = append(d.data, v...)
			}
		}
		size := len(d.data) + 8*len(d.starts)
		if size > room || keep != nil && keep(size-kept) != nil {
			return nil, false, nil
		}
		kept = size
	}
	return d, true, nil
}

// row puts the values of a row into cells.
func (d *loaded) row(i int, cells [][]byte) {
	at := d.starts[i]
	for slot := range cells {
		n, size := binary.Uvarint(d.data[at:])
		at += size
		cells[slot] = d.data[at : at+int(n) : at+int(n)]
		at += int(n)
	}
}

// index returns the rows by the value of a slot.
func (d *loaded) index(slot int) map[string][]int32 {
	if found := d.indexes[slot]; found != nil {
		return found
	}
	index := map[string][]int32{}
	cells := make([][]byte, d.layout.count)
	for i := range d.starts {
		d.row(i, cells)
		if v := cells[slot]; len(v) > 0 && v[0] != 'n' {
			key := alike(plain(v))
			index[key] = append(index[key], int32(i))
		}
	}
	if d.indexes == nil {
		d.indexes = map[int]map[string][]int32{}
	}
	d.indexes[slot] = index
	return index
}

// plain returns a value as SQL has it as text.
func plain(v []byte) string {
	switch v[0] {
	case '"':
		return rawjson.Unquote(v)
	case 't':
		return "1"
	case 'f':
		return "0"
	}
	return string(v)
}

// alike returns the same for all values that any comparison of SQLite may find
// equal: numbers and texts of numbers, and texts but for case and spaces at the end.
// SQLite compares the values themselves once more.
func alike(text string) string {
	if f, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strings.ToLower(strings.TrimRight(text, " "))
}

// isNumber reports whether a column's values are numbers to SQL.
func isNumber(typ string) bool { return typ == "integer" || typ == "number" || typ == "boolean" }

// answer gives SQLite a value: a number or a text by the column's type, else as it
// came. Objects and lists are JSON text, true and false are 1 and 0.
func answer(ctx sqlite3.Context, v []byte, typ string) {
	switch {
	case len(v) == 0 || v[0] == 'n':
		ctx.ResultNull()
	case v[0] == '"':
		if !isNumber(typ) {
			resultText(ctx, v)
			return
		}
		text := rawjson.Unquote(v)
		if typ == "boolean" && (text == "true" || text == "false") {
			ctx.ResultBool(text == "true")
		} else if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
			ctx.ResultInt64(n)
		} else if f, err := strconv.ParseFloat(text, 64); err == nil && typ == "number" && decimal(text) {
			ctx.ResultFloat(f)
		} else {
			ctx.ResultText(text)
		}
	case v[0] == '{' || v[0] == '[':
		ctx.ResultRawText(v)
	case v[0] == 't' || v[0] == 'f':
		ctx.ResultBool(v[0] == 't')
	case !isNumber(typ):
		ctx.ResultRawText(v) // with its digits
	default:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			ctx.ResultInt64(n)
		} else if f, err := strconv.ParseFloat(string(v), 64); err == nil && strings.ContainsAny(string(v), ".eE") {
			ctx.ResultFloat(f)
		} else {
			ctx.ResultRawText(v) // an integer beyond 64 bits keeps its digits
		}
	}
}

// decimal reports whether a text is a number as people write one.
func decimal(text string) bool {
	for i, c := range []byte(strings.TrimPrefix(text, "-")) {
		if (c < '0' || c > '9') && (c != '.' || i == 0) {
			return false
		}
	}
	return text != ""
}

func resultText(ctx sqlite3.Context, v []byte) {
	if escaped(v) {
		ctx.ResultText(rawjson.Unquote(v))
		return
	}
	ctx.ResultRawText(v[1 : len(v)-1])
}

// numbers returns what tells rows apart, whichever call they come with: SQLite takes
// rows with one number for one row, where it puts together what several calls brought.
// Equal records of one call are as many rows.
func numbers(seed maphash.Seed, key string, rows Rows, stop func() error) ([]int64, error) {
	out := make([]int64, 0, rows.Len())
	seen := make(map[uint64]uint32, rows.Len())
	var h maphash.Hash
	h.SetSeed(seed)
	for i := range rows.Chunks() {
		if err := stop(); err != nil {
			return nil, err
		}
		records, err := rows.Chunk(i)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			h.Reset()
			_, _ = h.WriteString(key)
			_, _ = h.Write(r)
			sum := h.Sum64()
			seen[sum]++
			out = append(out, int64(sum+uint64(seen[sum])*0x9e3779b97f4a7c15))
		}
	}
	return out, nil
}

// Slice are rows that are there at once.
type Slice []json.RawMessage

// Len returns the number of rows.
func (s Slice) Len() int { return len(s) }

// Chunks returns how many pieces there are.
func (s Slice) Chunks() int { return min(len(s), 1) }

// Chunk returns all rows.
func (s Slice) Chunk(int) ([]json.RawMessage, error) { return s, nil }
