package jmespath

import "github.com/jmespath-community/go-jmespath/pkg/parsing"

// Columns names the columns of the table that the selection makes, where the
// expression ends in a projection to [a, b] or {a: …, b: …}. A part of a list
// without a name of its own has an empty one; nil where nothing can be said.
func (s *Expression) Columns() []string { return projected(s.root) }

// projected finds the projection that makes the records.
func projected(n parsing.ASTNode) []string {
	switch n.NodeType {
	case parsing.ASTProjection, parsing.ASTFilterProjection, parsing.ASTValueProjection:
		if columns := recordColumns(n.Children[1]); columns != nil {
			return columns
		}
		if n.Children[1].NodeType == parsing.ASTIdentity && n.NodeType == parsing.ASTProjection {
			return projected(n.Children[0]) // a part of a list of records: [:10]
		}
	case parsing.ASTPipe, parsing.ASTIndexExpression:
		last := n.Children[1]
		if last.NodeType == parsing.ASTSlice || last.NodeType == parsing.ASTProjection && projected(last) == nil {
			return projected(n.Children[0])
		}
		return projected(last)
	}
	return nil
}

// recordColumns names the columns of a record that an expression makes.
func recordColumns(n parsing.ASTNode) []string {
	switch n.NodeType {
	case parsing.ASTSubexpression, parsing.ASTPipe:
		return recordColumns(n.Children[1])
	case parsing.ASTMultiSelectList:
		out := make([]string, len(n.Children))
		for i, c := range n.Children {
			out[i] = lastName(c)
		}
		return out
	case parsing.ASTMultiSelectHash:
		out := make([]string, len(n.Children))
		for i, c := range n.Children {
			out[i], _ = c.Value.(string)
		}
		return out
	}
	return nil
}

// lastName is a field's name, with those of the objects that it is in: site_name
// of site.name.
func lastName(n parsing.ASTNode) string {
	switch n.NodeType {
	case parsing.ASTField:
		name, _ := n.Value.(string)
		return name
	case parsing.ASTSubexpression:
		left, right := lastName(n.Children[0]), lastName(n.Children[1])
		if left != "" && right != "" {
			return left + "_" + right
		}
	}
	return ""
}
