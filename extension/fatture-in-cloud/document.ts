import { z } from 'zod';

/** A VAT type of the company: its rate in per cent. */
export const VatType = z.object({ id: z.int(), value: z.number() });
/** A VAT type of the company. */
export type VatType = z.infer<typeof VatType>;

/** The company's VAT types; one that is not whole, or switched off, is left out. */
export const VatTypes = z.object({
  data: z
    .array(
      z
        .object({ id: z.int().nullish(), value: z.number().nullish(), is_disabled: z.boolean().nullish() })
        .nullish(),
    )
    .nullish()
    .transform((types) =>
      (types ?? []).flatMap((type) =>
        type?.id == null || type.value == null || type.is_disabled === true
          ? []
          : [{ id: type.id, value: type.value }],
      ),
    ),
});

/** What we read of an issued document. */
export const IssuedDocument = z.object({
  id: z.int(),
  number: z.number().nullish(),
  numeration: z.string().nullish(),
  subject: z.string().nullish(),
  /** Public address of the document's PDF. */
  url: z.string().nullish(),
  amount_gross: z.number().nullish(),
});
/** What we read of an issued document. */
export type IssuedDocument = z.infer<typeof IssuedDocument>;

/** A document's number as it is written: with its series behind it. */
export const numberOf = ({
  id,
  number,
  numeration,
}: Pick<IssuedDocument, 'id' | 'number' | 'numeration'>): string => `${number ?? id}${numeration ?? ''}`;
