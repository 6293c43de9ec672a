package logsink

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	// callTimeout bounds one call, the wait for credentials included.
	callTimeout = 20 * time.Second
	// abreast is how many streams are written at once.
	abreast = 16
)

// cloudWatch writes to one log group of CloudWatch Logs.
type cloudWatch struct {
	client *cloudwatchlogs.Client
	group  string
	host   string
	byJob  bool
}

// errNoRegion says what the SDK says only at the first call.
var errNoRegion = errors.New("no AWS region is known: set AWS_REGION, or write ?region=eu-west-1 behind the group")

func openCloudWatch(ctx context.Context, spec Spec, host string) (*cloudWatch, error) {
	var options []func(*config.LoadOptions) error
	if spec.region != "" {
		options = append(options, config.WithRegion(spec.region))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if loaded.Region == "" {
		return nil, errNoRegion
	}
	client := cloudwatchlogs.NewFromConfig(loaded, func(o *cloudwatchlogs.Options) {
		o.Retryer = aws.NopRetryer{} // the pump tries again, and knows when the agent ends
	})
	return &cloudWatch{client: client, group: spec.group, host: host, byJob: spec.byJob}, nil
}

func (c *cloudWatch) close() error { return nil }

// streamOf names the stream of a line.
func (c *cloudWatch) streamOf(f *from) string {
	switch {
	case !c.byJob:
		return streamName(c.host)
	case f.run == "":
		return streamName("jobs-agent/" + c.host)
	default:
		return streamName(f.job)
	}
}

// deliver writes each stream in order, several streams at once. Lines come again in
// whole, so what has a part in a batch that failed may come twice.
func (c *cloudWatch) deliver(ctx context.Context, lines []line) (left []line, refused int, err error) {
	streams, old := c.gather(lines, time.Now())
	refused = old
	var (
		mu      sync.Mutex
		writing sync.WaitGroup
		room    = make(chan struct{}, abreast)
		again   []int
		errs    []error
	)
	for name, batches := range streams {
		room <- struct{}{}
		writing.Go(func() {
			defer func() { <-room }()
			for i, b := range batches {
				rejected, err := c.write(ctx, name, b)
				mu.Lock()
				switch {
				case err != nil && isPoison(err):
					refused += countLines(lines, b.lines(0, len(b.events)))
					errs = append(errs, err)
				case err != nil:
					for _, rest := range batches[i:] {
						again = append(again, rest.lines(0, len(rest.events))...)
					}
					errs = append(errs, err)
					mu.Unlock()
					return
				default:
					refused += countLines(lines, rejected)
				}
				mu.Unlock()
			}
		})
	}
	writing.Wait()
	slices.Sort(again)
	for _, i := range slices.Compact(again) {
		left = append(left, lines[i])
	}
	slices.SortStableFunc(errs, func(a, b error) int { // what needs a person first
		return cmp.Compare(urgency(a), urgency(b))
	})
	if len(errs) > 0 {
		err = errs[0]
	}
	return left, refused, err
}

// countLines counts lines without the notes among them.
func countLines(lines []line, which []int) (n int) {
	slices.Sort(which)
	for _, i := range slices.Compact(which) {
		if !lines[i].note {
			n++
		}
	}
	return n
}

// write puts one batch, and makes the stream and the group when they are missing. It
// answers the lines that the service rejected.
func (c *cloudWatch) write(ctx context.Context, stream string, b batch) (rejected []int, err error) {
	rejected, err = c.put(ctx, stream, b)
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return rejected, err
	}
	if err := c.create(ctx, stream); err != nil {
		return nil, err
	}
	return c.put(ctx, stream, b)
}

func (c *cloudWatch) put(ctx context.Context, stream string, b batch) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := c.client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &c.group, LogStreamName: &stream, LogEvents: b.events,
	})
	var already *types.DataAlreadyAcceptedException
	if errors.As(err, &already) {
		return nil, nil
	}
	if err != nil || answer.RejectedLogEventsInfo == nil {
		return nil, err
	}
	info, n := answer.RejectedLogEventsInfo, len(b.events)
	old := max(aws.ToInt32(info.TooOldLogEventEndIndex), aws.ToInt32(info.ExpiredLogEventEndIndex))
	rejected := b.lines(0, min(int(old), n))
	if info.TooNewLogEventStartIndex != nil {
		rejected = append(rejected, b.lines(min(int(*info.TooNewLogEventStartIndex), n), n)...)
	}
	return rejected, nil
}

func (c *cloudWatch) create(ctx context.Context, stream string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	newStream := func() error {
		_, err := c.client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &c.group, LogStreamName: &stream})
		return there(err)
	}
	err := newStream()
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return err
	}
	_, err = c.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &c.group})
	if err := there(err); err != nil {
		return err
	}
	return newStream()
}

// there makes nothing of the complaint that somebody else was first.
func there(err error) error {
	var exists *types.ResourceAlreadyExistsException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}
