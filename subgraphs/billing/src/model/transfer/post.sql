) AS entry (id, kind, account_id, amount, currency, order_id, idempotency_key, entry_number, balance_after)
),
balanced AS (
    UPDATE accounts SET balance = newest.balance_after, entry_count = newest.entry_number
    FROM (
        SELECT DISTINCT ON (account_id) account_id, balance_after, entry_number
        FROM entry ORDER BY account_id, entry_number DESC
    ) AS newest
    WHERE accounts.id = newest.account_id
)
INSERT INTO transfers (
    id, kind, debit_account_id, credit_account_id,
    amount, currency, order_id, idempotency_key, entry_number, balance_after
)
SELECT
    entry.id, entry.kind,
    CASE entry.kind WHEN 'charge' THEN entry.account_id ELSE ours.id END,
    CASE entry.kind WHEN 'charge' THEN ours.id ELSE entry.account_id END,
    entry.amount, entry.currency, entry.order_id, entry.idempotency_key, entry.entry_number, entry.balance_after
FROM entry
LEFT JOIN accounts AS ours
    ON ours.kind <> 'customer' -- The index of our own accounts has this condition.
    AND ours.kind = CASE entry.kind WHEN 'deposit' THEN 'cash' ELSE 'revenue' END
    AND ours.currency = entry.currency
