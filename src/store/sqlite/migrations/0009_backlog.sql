-- What those who watch over the server ask of all queues together, at the cost of a few rows.
CREATE INDEX delivery_queues_breaker ON delivery_queues (instance_id) WHERE breaker <> 'closed';
CREATE INDEX targets_disabled ON targets (instance_id) WHERE disabled = 1 AND deleted_at IS NULL;
