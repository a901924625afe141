<?php
// A card service by PHP's own SoapServer behind the WSDL of the product: proof that our client is understood by a stranger.
// php -S 127.0.0.1:PORT server.php, with SPBS_CARD_STATE naming a file for the debits.

const WSDL = __DIR__ . '/../../../cloud/payment/cashless/cashless-card.wsdl';

final class Cards
{
    private array $balances = ['600001' => 1000000, '600004' => 0, '600009' => 10000];
    private array $transactions = [];
    private array $barred = [];
    private array $wrong = [];
    private const PINS = ['600001' => '1001', '600004' => '1004', '600009' => '1009'];
    private const WRONG_PINS = 3;
    private const BLOCKED_SECONDS = 15 * 60;

    public function __construct(private string $file)
    {
        if (is_file($file)) {
            [$this->balances, $this->transactions, $this->barred, $this->wrong] = unserialize(file_get_contents($file));
        }
    }

    private function keep(): void
    {
        file_put_contents($this->file, serialize([$this->balances, $this->transactions, $this->barred, $this->wrong]));
    }

    private static function no(string $code): SoapFault
    {
        return new SoapFault('Client', 'no: ' . $code, null, ['code' => $code, 'message' => 'no'], 'CardFault');
    }

    public function GetBalance(object $asked): array
    {
        if (!isset($this->balances[$asked->cardId])) {
            throw self::no('CARD_UNKNOWN');
        }
        $state = $asked->cardId === '600009' ? 'BLOCKED' : 'ACTIVE';
        return ['cardId' => $asked->cardId, 'state' => $state, 'balanceMinor' => (string) $this->balances[$asked->cardId], 'currency' => 'GBP'];
    }

    public function Debit(object $asked): array
    {
        if (isset($this->transactions[$asked->txnRef])) {
            $known = $this->transactions[$asked->txnRef];
            if ($known['amountMinor'] !== $asked->amountMinor || $known['cardId'] !== $asked->cardId) {
                throw self::no('TXN_REF_CONFLICT');
            }
            return ['status' => 'DUPLICATE', 'transaction' => $known];
        }
        if (isset($this->barred[$asked->txnRef])) {
            throw self::no('TRANSACTION_BARRED');
        }
        if ($asked->cardId === '600009') {
            throw self::no('CARD_BLOCKED');
        }
        if ($asked->cardId === '600666') {
            throw new SoapFault('Server', 'the database is away');
        }
        if (!isset($this->balances[$asked->cardId])) {
            throw self::no('CARD_UNKNOWN');
        }
        $covered = $this->balances[$asked->cardId] >= (int) $asked->amountMinor;
        $transaction = [
            'txnRef' => $asked->txnRef,
            'state' => $covered ? 'APPROVED' : 'DECLINED',
            'cardId' => $asked->cardId,
            'amountMinor' => $asked->amountMinor,
            'currency' => $asked->currency,
            'providerRef' => 'PHP' . (count($this->transactions) + 1),
            'at' => gmdate('Y-m-d\TH:i:s\Z'),
        ];
        if ($covered) {
            $this->balances[$asked->cardId] -= (int) $asked->amountMinor;
        } else {
            $transaction['code'] = 'INSUFFICIENT_FUNDS';
        }
        $this->transactions[$asked->txnRef] = $transaction;
        $this->keep();
        return ['status' => $transaction['state'], 'transaction' => $transaction];
    }

    public function QueryTransaction(object $asked): array
    {
        $found = $this->transactions[$asked->txnRef] ?? null;
        $answer = ['status' => $found === null ? 'NOT_FOUND' : 'FOUND', 'txnRef' => $asked->txnRef];
        return $found === null ? $answer : $answer + ['transaction' => $found];
    }

    public function Reverse(object $asked): array
    {
        $found = $this->transactions[$asked->txnRef] ?? null;
        if ($found === null) {
            $this->barred[$asked->txnRef] = true;
            $this->keep();
            return ['status' => 'NOT_FOUND', 'txnRef' => $asked->txnRef];
        }
        if ($found['state'] !== 'APPROVED') {
            $status = $found['state'] === 'REVERSED' ? 'ALREADY_REVERSED' : 'DECLINED';
            return ['status' => $status, 'txnRef' => $asked->txnRef, 'transaction' => $found];
        }
        $this->balances[$found['cardId']] += (int) $found['amountMinor'];
        $this->transactions[$asked->txnRef]['state'] = 'REVERSED';
        $this->keep();
        return ['status' => 'REVERSED', 'txnRef' => $asked->txnRef, 'transaction' => $this->transactions[$asked->txnRef]];
    }

    public function ListTransactions(object $asked): array
    {
        $within = fn (array $each): bool => $each['at'] >= $asked->from && $each['at'] < $asked->to;
        return ['transaction' => array_values(array_filter($this->transactions, $within))];
    }

    public function VerifyHolder(object $asked): array
    {
        return ['status' => $this->holder($asked->cardId, $asked->pin), 'cardId' => $asked->cardId];
    }

    private function holder(string $card, string $pin): string
    {
        if (!isset(self::PINS[$card])) {
            return 'UNKNOWN';
        }
        [$count, $at] = $this->wrong[$card] ?? [0, 0];
        if ($count >= self::WRONG_PINS && time() - $at >= self::BLOCKED_SECONDS) {
            $count = 0;
        }
        if ($card === '600009' || $count >= self::WRONG_PINS) {
            return 'BLOCKED';
        }
        $right = hash_equals(self::PINS[$card], $pin);
        $this->wrong[$card] = [$right ? 0 : $count + 1, time()];
        $this->keep();
        return $right ? 'OK' : 'WRONG';
    }
}

ini_set('soap.wsdl_cache_enabled', '0');
$server = new SoapServer(WSDL, ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setObject(new Cards(getenv('SPBS_CARD_STATE')));
$server->handle();
