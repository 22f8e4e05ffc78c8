package catalog

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"zoom-phone-mcp/internal/safejson"
)

// Among returns the method as callers see it who have only some methods: nothing that is
// said of it names another one. What names one is left out, a sentence at least.
func (m *Method) Among(has func(method string) bool) *Method {
	hidden := Hidden(has)
	out := *m
	out.Description = hidden.Prose(m.Description)
	if out.Description == "" {
		out.Description = m.Title + "."
	}
	out.Notes = hidden.each(m.Notes)
	out.Related = slices.DeleteFunc(slices.Clone(m.Related), hidden.names)
	out.Hides = nil
	for _, h := range m.Hides {
		if h.Says = hidden.Prose(h.Says); h.Says != "" {
			out.Hides = append(out.Hides, h)
		}
	}
	if d := m.Deprecated; d != nil {
		out.Deprecated = &Deprecation{Instead: hidden.Prose(d.Instead), Ends: d.Ends}
	}
	out.DeprecatedFields = slices.Clone(m.DeprecatedFields)
	for i := range out.DeprecatedFields {
		out.DeprecatedFields[i].Instead = hidden.Prose(out.DeprecatedFields[i].Instead)
	}
	if p := m.Pagination; p != nil && !has(p.Elsewhere) {
		page := *p
		page.Elsewhere, page.ElsewhereLists = "", nil
		out.Pagination = &page
	}
	out.Params = slices.Clone(m.Params)
	for i := range out.Params {
		p := &out.Params[i]
		p.Sources = slices.DeleteFunc(slices.Clone(p.Sources), func(s Source) bool { return !has(s.Method) })
		if n := p.NotFound; n != nil {
			shown := NotFound{Says: hidden.Prose(n.Says)}
			if has(n.Instead) {
				shown.Instead, shown.How = n.Instead, hidden.Prose(n.How)
			}
			p.NotFound = &shown
		}
	}
	out.Schema, out.Fields = string(hidden.Document([]byte(m.Schema))), string(hidden.Document([]byte(m.Fields)))
	return &out
}

// Hidden are the methods that are not among those that has reports.
type Hidden func(method string) bool

var (
	aWord   = regexp.MustCompile(`[A-Za-z0-9_]+`)
	anAside = regexp.MustCompile(` ?\([^()]*\)`)
	aString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// names reports whether a text names a hidden method.
func (has Hidden) names(text string) bool {
	for _, word := range aWord.FindAllString(text, -1) {
		if _, isMethod := Lookup(word); isMethod && !has(word) {
			return true
		}
	}
	return false
}

// Prose returns a text without what names a hidden method: an aside in parentheses, what
// stands between semicolons, or a sentence.
func (has Hidden) Prose(text string) string {
	if !has.names(text) {
		return text
	}
	text = anAside.ReplaceAllStringFunc(text, func(aside string) string {
		if has.names(aside) {
			return ""
		}
		return aside
	})
	var sentences []string
	for sentence := range strings.SplitSeq(text, ". ") {
		if has.names(sentence) {
			clauses := slices.DeleteFunc(strings.Split(sentence, "; "), has.names)
			if sentence = strings.Join(clauses, "; "); sentence == "" {
				continue
			}
		}
		sentences = append(sentences, sentence)
	}
	out := strings.Join(sentences, ". ")
	if out != "" && strings.HasSuffix(text, ".") && !strings.HasSuffix(out, ".") {
		out += "."
	}
	return out
}

// each is Prose for every text of a list; what is empty then is left out.
func (has Hidden) each(texts []string) []string {
	var out []string
	for _, text := range texts {
		if text = has.Prose(text); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// Document is Prose for every string of a JSON document.
func (has Hidden) Document(doc []byte) []byte {
	if !has.names(string(doc)) {
		return doc
	}
	return aString.ReplaceAllFunc(doc, func(quoted []byte) []byte {
		var text string
		if !has.names(string(quoted)) || json.Unmarshal(quoted, &text) != nil {
			return quoted
		}
		return safejson.Quote(has.Prose(text))
	})
}
