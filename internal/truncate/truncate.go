// Package truncate makes a JSON document fit into a number of bytes by leaving out
// elements of its lists, and nothing else.
//
// It must not know what the document is.
package truncate

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/rawjson"
)

// Result is a body that was made to fit.
type Result struct {
	// Body is valid JSON and no longer than the limit. It is the body itself when
	// that fits.
	Body json.RawMessage
	// Kept and LeftOut count records; both are 0 when the body has none.
	Kept, LeftOut int
	// Lists are the arrays that were cut, the largest first; empty when nothing was.
	Lists []List
}

// List is an array of which the first elements were kept.
type List struct {
	// Field is the array's path from the top: call_history, or sites.0.members;
	// empty for the body itself.
	Field         string
	Kept, LeftOut int
}

// JSON makes a body fit into limit bytes by leaving out whole elements from the
// end of arrays, and nothing else. The records, in the field items or the body
// itself, are cut first; top-level lists that run beside them (the same number
// of elements) are cut at the same place. Where that is not enough (no records,
// or a first record that is too long) the largest arrays are cut, wherever they
// stand. A body that still does not fit is an error of kind too_large.
func JSON(body json.RawMessage, items string, limit int) (*Result, error) {
	list, found, whole := rawjson.Locate(body, items)
	if !whole {
		return nil, apierror.New(apierror.Internal, "the answer is not JSON all the way")
	}
	found = found && list.Len() > 0
	if len(body) <= limit {
		r := &Result{Body: body}
		if found {
			r.Kept = count(body, list)
		}
		return r, nil
	}
	r := &Result{}
	if found {
		if r.cutRecords(body, items, list, limit) {
			return r, nil
		}
	}
	s := shrinker{}
	out, ok := s.shrink(body, limit, "", 0)
	if !ok {
		e := apierror.New(apierror.TooLarge, "the answer has %d bytes and does not fit into %d, even with its lists left out", len(body), limit)
		e.Hint = "Choose the fields you need with select."
		return nil, e
	}
	r.Body, r.Lists = out, s.lists
	slices.SortStableFunc(r.Lists, func(a, b List) int { return cmp.Compare(b.LeftOut, a.LeftOut) })
	if found {
		// Counted, and not taken from Lists: a field can be there twice.
		r.LeftOut = count(body, list)
		if left, ok, _ := rawjson.Locate(out, items); ok && left.Len() > 0 {
			r.Kept = count(out, left)
		}
		r.LeftOut -= r.Kept
	}
	return r, nil
}

// count returns how many elements an array has.
func count(d []byte, at rawjson.Span) (n int) {
	rawjson.EachElement(d, at.Start, func(rawjson.Span) bool { n++; return true })
	return n
}

// parallel is a list that is cut together with others, with the end of each element.
type parallel struct {
	field string
	at    rawjson.Span
	ends  []int
}

// inner is where the first element starts.
func (p *parallel) inner(d []byte) int { return rawjson.SkipSpace(d, p.at.Start+1) }

// cutRecords cuts the records, and the lists beside them. It returns false where
// not even one record fits.
func (r *Result) cutRecords(d []byte, items string, list rawjson.Span, limit int) bool {
	main := read(d, items, list)
	if len(main.ends) == 0 {
		return false
	}
	lists := []parallel{main}
	if start := rawjson.SkipSpace(d, 0); d[start] == '[' {
		lists[0].field = ""
	} else if len(main.ends) > 1 {
		rawjson.EachMember(d, start, func(key, v rawjson.Span) bool {
			if d[v.Start] == '[' && v.Start != list.Start {
				if p := read(d, rawjson.Unquote(d[key.Start:key.End]), v); len(p.ends) == len(main.ends) {
					lists = append(lists, p)
				}
			}
			return true
		})
	}
	rest := len(d)
	for i := range lists {
		rest -= lists[i].ends[len(lists[i].ends)-1] - lists[i].inner(d)
	}
	keep, _ := slices.BinarySearchFunc(main.ends, limit, func(end, limit int) int {
		size := rest
		k, _ := slices.BinarySearch(main.ends, end)
		for i := range lists {
			size += lists[i].ends[k] - lists[i].inner(d)
		}
		if size <= limit {
			return -1
		}
		return 1
	})
	if keep == 0 {
		return false
	}
	slices.SortFunc(lists, func(a, b parallel) int { return cmp.Compare(a.at.Start, b.at.Start) })
	out := make([]byte, 0, limit)
	from := 0
	for i := range lists {
		out = append(out, d[from:lists[i].ends[keep-1]]...)
		from = lists[i].ends[len(lists[i].ends)-1]
		r.Lists = append(r.Lists, List{Field: lists[i].field, Kept: keep, LeftOut: len(lists[i].ends) - keep})
	}
	r.Body = append(out, d[from:]...)
	r.Kept, r.LeftOut = keep, len(main.ends)-keep
	// The records themselves come first in the report.
	slices.SortStableFunc(r.Lists, func(a, b List) int {
		return cmp.Compare(isOther(a.Field, main.field), isOther(b.Field, main.field))
	})
	return true
}

func isOther(a, b string) int {
	if a == b {
		return 0
	}
	return 1
}

func read(d []byte, field string, at rawjson.Span) parallel {
	p := parallel{field: field, at: at}
	rawjson.EachElement(d, at.Start, func(v rawjson.Span) bool {
		p.ends = append(p.ends, v.End)
		return true
	})
	return p
}

// deepest is how many levels of objects, and of arrays in arrays, are searched
// for something to cut.
const deepest = 8

// shrinker cuts the largest arrays of a value until it fits, and notes which.
type shrinker struct{ lists []List }

// nested is an array that stands in no other array.
type nested struct {
	path string
	at   rawjson.Span
}

// shrink returns the value in at most limit bytes.
func (s *shrinker) shrink(d []byte, limit int, path string, depth int) ([]byte, bool) {
	if len(d) <= limit {
		return d, true
	}
	if depth > deepest {
		return nil, false
	}
	var lists []nested
	outermost(d, rawjson.SkipSpace(d, 0), path, 0, &lists)
	slices.SortStableFunc(lists, func(a, b nested) int { return cmp.Compare(b.at.Len(), a.at.Len()) })
	// Whole lists go, the largest first, until what is left of the next one decides.
	size := len(d)
	cuts := map[int][]byte{} // by the start of the array: what stands for it
	for _, l := range lists {
		if size <= limit {
			break
		}
		room := limit - (size - l.at.Len()) // for this array, brackets included
		out := s.fit(d[l.at.Start:l.at.End], room, l.path, depth)
		cuts[l.at.Start] = out
		size += len(out) - l.at.Len()
	}
	if size > limit {
		return nil, false
	}
	slices.SortFunc(lists, func(a, b nested) int { return cmp.Compare(a.at.Start, b.at.Start) })
	out := make([]byte, 0, size)
	from := 0
	for _, l := range lists {
		if cut, ok := cuts[l.at.Start]; ok {
			out = append(append(out, d[from:l.at.Start]...), cut...)
			from = l.at.End
		}
	}
	return append(out, d[from:]...), true
}

// fit returns as many elements of an array as room allows; one element that is too
// long alone is shrunk in its turn. It may give an empty array, of two bytes,
// where room is less than that.
func (s *shrinker) fit(d []byte, room int, path string, depth int) []byte {
	p := read(d, path, rawjson.Span{Start: 0, End: len(d)})
	if len(p.ends) == 0 {
		return d
	}
	if len(d) <= room {
		return d
	}
	keep, _ := slices.BinarySearch(p.ends, room) // an end and the bracket have to fit
	cut := List{Field: path, Kept: keep, LeftOut: len(p.ends) - keep}
	if keep > 0 {
		if cut.LeftOut > 0 { // else white space was the trouble
			s.lists = append(s.lists, cut)
		}
		return append(slices.Clone(d[:p.ends[keep-1]]), ']')
	}
	before := len(s.lists)
	first := d[p.inner(d):p.ends[0]]
	if small, ok := s.shrink(first, room-2, join(path, "0"), depth+1); ok {
		if len(p.ends) > 1 {
			s.lists = append(s.lists, List{Field: path, Kept: 1, LeftOut: len(p.ends) - 1})
		}
		return append(append([]byte{'['}, small...), ']')
	}
	s.lists = append(s.lists[:before], cut)
	return []byte("[]")
}

// outermost collects the arrays of the value at d[i] that stand in no other array.
func outermost(d []byte, i int, path string, depth int, lists *[]nested) {
	if i >= len(d) || depth > deepest {
		return
	}
	switch d[i] {
	case '[':
		if end := rawjson.SkipValue(d, i); end > i+2 {
			*lists = append(*lists, nested{path, rawjson.Span{Start: i, End: end}})
		}
	case '{':
		rawjson.EachMember(d, i, func(key, v rawjson.Span) bool {
			if d[v.Start] == '[' || d[v.Start] == '{' {
				outermost(d, v.Start, join(path, rawjson.Unquote(d[key.Start:key.End])), depth+1, lists)
			}
			return true
		})
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// String says what was cut, for people and models: "call_history: 40 of 300".
func (l List) String() string {
	field := l.Field
	if field == "" {
		field = "the list"
	}
	return field + ": " + strconv.Itoa(l.Kept) + " of " + strconv.Itoa(l.Kept+l.LeftOut)
}
