package runners

// matcher knows some texts and finds all of their occurrences in a stream, byte by
// byte (Aho and Corasick). It never changes and is shared by attempts.
type matcher struct {
	first [256]int32 // from the start state
	nodes []node
}

// node is a state: the longest end of the stream that some text begins with.
type node struct {
	letter byte
	depth  int32
	match  int32 // length of the longest text that ends here; 0: none does
	fail   int32 // the longest shorter end that some text begins with
	child  int32
	next   int32 // the next child of the same parent
}

// newMatcher makes a matcher of texts; empty ones are passed over.
func newMatcher(texts []string) *matcher {
	m := &matcher{nodes: make([]node, 1)}
	for _, text := range texts {
		at := int32(0)
		for i := range len(text) {
			at = m.grow(at, text[i])
		}
		if at != 0 {
			m.nodes[at].match = int32(len(text))
		}
	}
	m.link()
	return m
}

// grow answers the child of a state for a letter, which it makes if need be.
func (m *matcher) grow(at int32, letter byte) int32 {
	if next := m.child(at, letter); next != 0 {
		return next
	}
	made := int32(len(m.nodes))
	m.nodes = append(m.nodes, node{letter: letter, depth: m.nodes[at].depth + 1, next: m.nodes[at].child})
	m.nodes[at].child = made
	if at == 0 {
		m.first[letter] = made
	}
	return made
}

func (m *matcher) child(at int32, letter byte) int32 {
	if at == 0 {
		return m.first[letter]
	}
	for c := m.nodes[at].child; c != 0; c = m.nodes[c].next {
		if m.nodes[c].letter == letter {
			return c
		}
	}
	return 0
}

// link finds where each state goes on when no child fits, the shallow ones first.
func (m *matcher) link() {
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for c := m.nodes[at].child; c != 0; c = m.nodes[c].next {
			if at != 0 {
				m.nodes[c].fail = m.step(m.nodes[at].fail, m.nodes[c].letter)
			}
			m.nodes[c].match = max(m.nodes[c].match, m.nodes[m.nodes[c].fail].match)
			queue = append(queue, c)
		}
	}
}

// step is the state after one more letter.
func (m *matcher) step(at int32, letter byte) int32 {
	for {
		if next := m.child(at, letter); next != 0 {
			return next
		}
		if at == 0 {
			return 0
		}
		at = m.nodes[at].fail
	}
}
