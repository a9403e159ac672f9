INSERT INTO accounts (id, kind, currency)
SELECT gen_random_uuid(), kind, 'EUR' FROM unnest('{cash,revenue}'::text[]) AS kind
ON CONFLICT DO NOTHING;
SELECT id AS cash FROM accounts WHERE (kind, currency) = ('cash', 'EUR') \gset
SELECT id AS revenue FROM accounts WHERE (kind, currency) = ('revenue', 'EUR') \gset

-- A deposit a customer, a charge an order, a refund of those that came to nothing; numbered, with the balance after each.
CREATE TEMP TABLE entry AS
SELECT *, row_number() OVER account AS number, sum(change) OVER account AS balance
FROM (
    SELECT c, 0::bigint AS n, 'deposit' AS kind, 100000000::bigint AS amount, 100000000::bigint AS change, now() AS at
    FROM generate_series(0, :customers::bigint - 1) AS c
    UNION ALL SELECT c, n, 'charge', total, -total, at FROM filled
    UNION ALL SELECT c, n, 'refund', total, total, at FROM filled WHERE status <> 'CONFIRMED'
) AS movement
WINDOW account AS (PARTITION BY c ORDER BY n, kind ROWS UNBOUNDED PRECEDING);

INSERT INTO accounts (id, owner_id, kind, currency, balance, entry_count)
SELECT pg_temp.id('account', c), pg_temp.id('user', c), 'customer', 'EUR', sum(change), count(*) FROM entry GROUP BY c;

INSERT INTO transfers (id, kind, debit_account_id, credit_account_id, amount, currency, order_id, idempotency_key,
                       entry_number, balance_after, created_at)
SELECT pg_temp.id(kind, CASE kind WHEN 'deposit' THEN c ELSE n END), kind,
       CASE kind WHEN 'deposit' THEN :'cash'::uuid WHEN 'refund' THEN :'revenue'::uuid ELSE pg_temp.id('account', c) END,
       CASE kind WHEN 'charge' THEN :'revenue'::uuid ELSE pg_temp.id('account', c) END,
       amount, 'EUR', CASE WHEN kind <> 'deposit' THEN pg_temp.id('order', n) END,
       CASE kind WHEN 'deposit' THEN pg_temp.id('key', c) END, number, balance, at
FROM entry ORDER BY n, kind;

INSERT INTO payments (order_id, status, account_id, amount, currency, created_at, updated_at)
SELECT id, CASE status WHEN 'CONFIRMED' THEN 'charged' ELSE 'refunded' END, pg_temp.id('account', c), total, 'EUR', at, at
FROM filled;
